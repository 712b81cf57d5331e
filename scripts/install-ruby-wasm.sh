#!/usr/bin/env bash
# Gets Ruby for WASI, a large real program that tests and benchmarks run, out of its npm package into .tools/ruby.
# Pinned by its checksum. Prints the path on stdout.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

package=@ruby/3.4-wasm-wasi@2.10.1
sum=4b814fc9d13505ea5b4c1f3bd3a7cc7ccca137f551196b9b21f0a7caf9cc5878
name=ruby+stdlib.wasm
target=$tools/ruby/$name

matches() { [[ -f $1 && $(sha256sum "$1" | cut -d' ' -f1) == "$sum" ]]; }

if ! matches "$target"; then
  have npm || die "npm is missing; run ./scripts/setup.sh"
  say "getting $package from npm (30 MB): tests and benchmarks run it"
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-ruby.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  npm pack --silent --pack-destination "$scratch" "$package" >/dev/null || die "npm has no $package, or does not answer"
  tar -xzf "$scratch"/*.tgz -C "$scratch" "package/dist/$name" || die "$package holds no $name"
  matches "$scratch/package/dist/$name" || die "$name of $package does not have its pinned checksum; it is not used"
  mkdir -p "$tools/ruby"
  mv -f "$scratch/package/dist/$name" "$target.new"
  mv -f "$target.new" "$target"
fi
printf '%s\n' "$target"
