#!/usr/bin/env bash
# Puts rustup into .tools, for this checkout alone, where the distribution's rust is too old and it has no rustup.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

version=1.28.2
case $(platform) in
x86_64-linux) checksum=20a06e644b0d9bd2fbdbfd52d42540bdde820ea7df86e92e533c073da0cdd43c ;;
aarch64-linux) checksum=e3853c5a252fca15252d07cb23a1bdd9377a8c6f3efa01531109281ae47f841c ;;
*) die "no rustup is pinned for $(platform); install rust by hand" ;;
esac
have curl || die 'curl is missing, and downloads rustup'

scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-rustup.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
installer=$scratch/rustup-init

say "installing rustup $version into .tools"
curl --silent --show-error --fail --connect-timeout 5 --max-time 300 --output "$installer" \
  "https://static.rust-lang.org/rustup/archive/$version/$(uname -m)-unknown-linux-gnu/rustup-init"
sha256sum --quiet --check <<<"$checksum  $installer" || die 'rustup-init does not have its pinned checksum; it is not run'
chmod +x "$installer"
CARGO_HOME=$tools/cargo RUSTUP_HOME=$tools/rustup \
  "$installer" -y --quiet --no-modify-path --default-toolchain none >/dev/null
