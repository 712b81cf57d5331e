#!/usr/bin/env bash
# Builds the native addon and the holder from source into native-helpers/dist/.
# Cargo rebuilds only what changed, so running it again costs a fraction of a second.
#
#   scripts/build-native.sh                 build
#   scripts/build-native.sh --types         also generate src/os/native-addon.ts, the addon's types
#   scripts/build-native.sh --check-types   only look whether those types are current
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
workspace=$root/native-helpers
dist=$workspace/dist

if ! command -v cargo >/dev/null; then
  echo 'build-native: cargo is missing; run ./scripts/setup.sh, or install Rust 1.88 or newer' >&2
  exit 1
fi

host=$(rustc -vV | sed -n 's/^host: //p')
case $host in
  x86_64-*) arch=x64 ;;
  aarch64-*) arch=arm64 ;;
  *) echo "build-native: no support for $host" >&2; exit 1 ;;
esac
case $host in
  *-musl*)
    libc=musl
    # A cdylib cannot be linked statically, and musl's targets are static unless told otherwise.
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=-crt-static"
    ;;
  *) libc=gnu ;;
esac

# Generates the types into $1, formatted as the sources are.
generate_types() {
  local header="/** Generated from native-helpers/addon by scripts/build-native.sh --types; not to be edited. */

import type { ByteString as Bytes } from '../paths/byte-string.js'
"
  # The dts cache forgets functions that cargo did not compile again.
  (cd "$root" && npx --no-install napi build --manifest-path "$workspace/addon/Cargo.toml" \
    --package-json-path package.json --output-dir "$1" --no-dts-cache --dts addon.ts --dts-header "$header") >&2
  (cd "$root" && npx --no-install biome format --stdin-file-path=src/os/native-addon.ts) \
    <"$1/addon.ts" >"$1/native-addon.ts"
}

if [[ ${1-} == --types || ${1-} == --check-types ]]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  generate_types "$scratch"
  types=$root/src/os/native-addon.ts
  if [[ $1 == --check-types ]]; then
    diff -u "$types" "$scratch/native-addon.ts" || { echo 'build-native: run scripts/build-native.sh --types' >&2; exit 1; }
    exit
  fi
  cp "$scratch/native-addon.ts" "$types"
fi

(cd "$workspace" && cargo build --release --locked --quiet)

# Replaced by rename: a running process may have the old file mapped.
install_file() {
  cmp -s "$1" "$dist/$2" && return
  cp "$1" "$dist/.$2.new"
  mv "$dist/.$2.new" "$dist/$2"
  echo "built native-helpers/dist/$2"
}
target=${CARGO_TARGET_DIR:-$workspace/target}
mkdir -p "$dist"
install_file "$target/release/libopenagentic_overlay.so" "openagentic_overlay.linux-$arch-$libc.node"
install_file "$target/release/openagentic-holder" openagentic-holder
