# shellcheck shell=bash
# Sourced by the other scripts: where things are, and how they speak.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
tools=$root/.tools

# Everything that the scripts install beside the checkout comes first.
export PATH="$tools/bin:$tools/node/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin:/usr/sbin:/sbin"

# A rust toolchain of the checkout's own, where setup.sh had to get one.
use_own_rustup() {
  if [[ -x $tools/cargo/bin/rustup ]]; then
    export CARGO_HOME=$tools/cargo RUSTUP_HOME=$tools/rustup PATH="$tools/cargo/bin:$PATH"
  fi
}
use_own_rustup

say() { printf '%s\n' "$*" >&2; }
warn() { say "warning: $*"; }
die() {
  say "error: $*"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED FOUND: compares dotted versions; whatever follows the numbers is ignored.
at_least() {
  local found=${2#v} i
  local -a least got
  IFS=. read -r -a least <<<"${1%%[!0-9.]*}"
  IFS=. read -r -a got <<<"${found%%[!0-9.]*}"
  for i in 0 1 2; do
    if ((10#${got[i]:-0} != 10#${least[i]:-0})); then
      ((10#${got[i]:-0} > 10#${least[i]:-0}))
      return
    fi
  done
}

# second_word LINE: the version in lines such as "cargo 1.88.0 (873a06493 2025-05-10)".
second_word() {
  local _ word
  read -r _ word _ <<<"$1"
  printf '%s' "$word"
}

# One word for the machine's processor and C library, as wasmtime's releases name them.
platform() {
  local libc=linux
  if ldd --version 2>&1 | grep -q musl; then libc=musl; fi
  printf '%s-%s' "$(uname -m)" "$libc"
}
