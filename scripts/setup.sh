#!/usr/bin/env bash
# Installs what is missing to build and run openagentic-overlay from this checkout, and says what and why.
# Debian and Ubuntu, Fedora and Rocky, Arch, Alpine. Running it again changes nothing and takes a moment.
#
#   scripts/setup.sh         to build and run
#   scripts/setup.sh --dev   to test, too
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=scripts/lib/packages.sh
source "$root/scripts/lib/packages.sh"
cd "$root"

dev=
case $* in
'') ;;
--dev) dev=yes ;;
*) die "expected no argument or --dev, got $*" ;;
esac

node_wanted=20.19.0
# What npm's package of the node program gives, where the distribution's is too old.
node_fallback=22.23.3
rust_wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' native-helpers/Cargo.toml 2>/dev/null | head -n 1)
rust_wanted=${rust_wanted:-1.88}

node_fits() { have node && have npm && at_least "$node_wanted" "$(node --version)"; }
rust_fits() { have cargo && at_least "$rust_wanted" "$(second_word "$(cargo --version 2>/dev/null)")"; }

setup_git() { have git || want git "the demo clones a project, and diff renders with it"; }

setup_node() {
  if node_fits; then return; fi
  have npm || want node "runs openagentic-overlay" || true
  if node_fits; then return; fi
  have npm || die "npm is missing. Install node $node_wanted or newer with npm, then run this again"
  say "installing node $node_fallback into .tools/node: node here is $(node --version), and $node_wanted or newer is needed"
  "$root/scripts/fetch-node.sh" "$node_fallback" "$tools/node" --with-npm
  hash -r
  node_fits || die "node $node_wanted or newer with npm is needed; see nodejs.org for a way to install it here"
}

# Debian's and Ubuntu's rust is too old in every release; the newer of them package rustup.
setup_rust() {
  have cc || want compiler 'links the native helpers'
  if rust_fits; then return; fi
  if ! have cargo && ! have rustup; then want rust 'builds the native helpers' || true; fi
  if rust_fits; then return; fi
  if ! have rustup; then
    have curl || want curl 'downloads rustup'
    scripts/fetch-rustup.sh
    use_own_rustup
  fi
  say "installing a current rust by rustup, for this checkout: $rust_wanted or newer builds the native helpers"
  rustup toolchain install stable --profile minimal --component clippy --component rustfmt >&2
  rustup override set stable --path "$root" >&2
  hash -r
  rust_fits || die "rust $rust_wanted or newer is needed. Install it with rustup (rustup.rs), then run this again"
}

setup_wasmtime() {
  if [[ -x $tools/bin/wasmtime ]] || have wasmtime; then
    scripts/install-wasmtime.sh >/dev/null
    return
  fi
  have curl || want curl "downloads wasmtime" || true
  have xz || want xz "unpacks wasmtime" || true
  python3 -m pip --version >/dev/null 2>&1 || want pip "another source of wasmtime" || true
  scripts/install-wasmtime.sh >/dev/null
}

# A tool that some tests need. Where it cannot be had, they skip with the reason.
dev_tool() { have "$1" || want "${3:-$1}" "$2" || true; }

# rust_tool COMPONENT NEED WHY: from where the toolchain itself is.
rust_tool() {
  if have rustup; then rustup component add "$1" >&2; else want "$2" "$3"; fi
}

setup_dev() {
  dev_tool strace 'tests count system calls'
  dev_tool mkfs.ext4 'tests make ext4 images' e2fsprogs
  dev_tool mkfs.xfs 'tests make xfs images' xfsprogs
  dev_tool mkfs.btrfs 'tests make btrfs images' btrfs-progs
  dev_tool setfacl 'tests set access control lists' acl
  dev_tool getfattr 'tests read extended attributes' attr
  dev_tool setcap 'tests give files capabilities'
  dev_tool findmnt 'tests mount, and run as plain users' mount-tools
  dev_tool script 'tests act as a terminal'
  dev_tool fish 'tests its completion'
  dev_tool zsh 'tests its completion'
  dev_tool fuse-overlayfs 'tests and benchmarks compare with it'
  dev_tool bwrap 'a process sandbox around wasmtime' bubblewrap
  dev_tool shellcheck 'a test reads these scripts'
  cargo fmt --version >/dev/null 2>&1 || rust_tool rustfmt rust-format 'checks the format of the native helpers' || true
  cargo clippy --version >/dev/null 2>&1 || rust_tool clippy rust-lint 'lints the native helpers' || true
  dev_tool vagrant 'a test validates the Vagrantfile'
  scripts/install-ruby-wasm.sh >/dev/null || warn 'tests that run Ruby will skip'
}

install_modules() {
  say 'installing npm packages: package-lock.json is new or has changed'
  npm ci --no-progress --loglevel=error >&2
}

build_native() {
  setup_rust
  say 'building the native helpers: they are new or have changed'
  bash scripts/build-native.sh >&2
}

native_sum() {
  find native-helpers scripts/build-native.sh -type f -not -path '*/target/*' -not -path '*/dist/*' -print0 |
    sort -z | xargs -0 sha256sum | sha256sum
}

# once STAMP SUM COMMAND: runs the command unless it ran before for the same sum.
once() {
  if [[ -f $1 && $(<"$1") == "$2" ]]; then return; fi
  "$3"
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1"
}

setup_git
setup_node
setup_wasmtime
if [[ $dev ]]; then
  setup_rust
  setup_dev
fi
once node_modules/.lock-sum "$(sha256sum <package-lock.json)" install_modules
[[ -d native-helpers/dist ]] || rm -f "$tools/native-sum"
once "$tools/native-sum" "$(native_sum)" build_native
say 'everything is set up'
