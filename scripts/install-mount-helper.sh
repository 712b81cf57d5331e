#!/usr/bin/env bash
# Installs mount.fuse.openagentic-overlay, by which mount(8) mounts the FUSE overlay of this checkout or package.
#
#   sudo scripts/install-mount-helper.sh            into /sbin
#   sudo scripts/install-mount-helper.sh DIRECTORY  elsewhere
#   sudo scripts/install-mount-helper.sh --remove [DIRECTORY]
#
#   mount -t fuse.openagentic-overlay NAME DIRECTORY -o lowerdir=A:B,upperdir=C,workdir=D
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=mount.fuse.openagentic-overlay
remove=
if [[ ${1-} == --remove ]]; then
  remove=1
  shift
fi
helper=${1:-/sbin}/$name

if [[ -n $remove ]]; then
  rm -f "$helper"
  exit
fi
node=$(command -v node) || { echo 'install-mount-helper: node is missing' >&2; exit 1; }
program=$root/dist/mount-fuse.cjs
[[ -f $program ]] || { echo 'install-mount-helper: dist/ is missing; run npm run build' >&2; exit 1; }

# mount(8) gives its helpers next to no environment, so both are written down.
{
  echo '#!/bin/sh'
  printf 'exec %q %q "$@"\n' "$node" "$program"
} >"$helper.new"
chmod 755 "$helper.new"
mv "$helper.new" "$helper"
echo "installed $helper"
