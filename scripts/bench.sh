#!/usr/bin/env bash
# Measures openagentic-overlay against cp, git worktree and fuse-overlayfs, side by side in one run.
#
#   scripts/bench.sh                    on Linux 6.1's source, as Debian packages it; writes docs/performance.md
#   scripts/bench.sh --tree DIR         on the last commit of a git repository of yours, which is only read
#   scripts/bench.sh --quick            a rehearsal on this checkout, with few rounds; prints what it found
#
#   --only REGEXP    the rows whose id matches, such as 'status|commit'; prints what it found
#   --out FILE       writes the report to FILE
#
# As root it measures the kernel backend, and the userns backend as a plain user; as a plain user the latter alone.
# Everything is made below one temporary directory (in TMPDIR) and removed again.
set -euo pipefail
# shellcheck source=scripts/lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

quick='' tree='' only='' out=''
while (($#)); do
  case $1 in
  --quick) quick=yes ;;
  --tree | --only | --out)
    [[ $# -ge 2 ]] || die "$1 needs a value"
    printf -v "${1#--}" %s "$2"
    shift
    ;;
  *) die "expected [--quick] [--tree DIR] [--only REGEXP] [--out FILE], got $1" ;;
  esac
  shift
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/openagentic-bench.XXXXXX")
chmod 755 "$scratch" # the plain user walks through it

# What main.mjs could not undo itself, because it was killed.
finish() {
  local status=$? point record
  trap - EXIT
  trap '' INT TERM
  for record in "$scratch"/*/*/.openagentic/sessions/*/session.json; do
    [[ -e $record ]] || continue
    node "$root/dist/cli/main.cjs" -C "${record%/.openagentic/*}" discard "$(basename "${record%/*}")" --yes >&2 || true
  done
  while IFS= read -r point; do umount "$point" || warn "left mounted: $point"; done < <(
    awk -v below="$scratch/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r
  )
  chmod -R u+rwx "$scratch" 2>/dev/null || true
  rm -rf --one-file-system "$scratch"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Linux 6.1, with its files in a git repository. Its .gitignore hides every file in Debian's package.
unpack_linux() {
  local archive=/usr/src/linux-source-6.1.tar.xz
  if [[ ! -f $archive ]]; then
    have apt-get || die 'linux-source-6.1 is a package of Debian; pass a git repository by --tree'
    say 'getting linux-source-6.1 (140 MB): the tree to measure on'
    (cd "$scratch" && apt-get download -qq linux-source-6.1 >&2 && dpkg-deb -x linux-source-6.1_*.deb deb) ||
      die 'linux-source-6.1 cannot be had here; pass a git repository by --tree'
    archive=$scratch/deb/usr/src/linux-source-6.1.tar.xz
  fi
  say 'unpacking it into a git repository'
  mkdir "$scratch/linux"
  tar -xJf "$archive" -C "$scratch/linux" --strip-components=1
  sed -i '\|^/\*$|d' "$scratch/linux/.gitignore"
  git -C "$scratch/linux" init --quiet
  git -C "$scratch/linux" add --all
  git -C "$scratch/linux" -c user.name=bench -c user.email=bench@localhost commit --quiet --message=base
  rm -rf "$scratch/deb" "$scratch"/*.deb
}

[[ -f $root/dist/cli/main.cjs ]] || die 'dist/ is missing; run ./scripts/setup.sh and npm run build'
if [[ -n $tree ]]; then
  git -C "$tree" rev-parse --quiet --verify HEAD >/dev/null || die "expected a git repository with a commit, but $tree is none"
  tree=$(cd "$tree" && pwd -P)
elif [[ $quick ]]; then
  tree=$root
else
  unpack_linux
  tree=$scratch/linux
fi

export OPENAGENTIC_WASMTIME=${OPENAGENTIC_WASMTIME:-$(command -v wasmtime || true)}
[[ -n $OPENAGENTIC_WASMTIME ]] || die 'wasmtime is missing; run ./scripts/setup.sh'
ruby=$("$root/scripts/install-ruby-wasm.sh") || ruby=''
[[ $out || $quick || $only ]] || out=$root/docs/performance.md

node "$root/scripts/bench/main.mjs" ${quick:+--quick} ${only:+--only "$only"} ${out:+--out "$out"} ${ruby:+--ruby "$ruby"} \
  --tree "$tree" --scratch "$scratch"
