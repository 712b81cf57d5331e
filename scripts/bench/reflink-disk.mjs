// A file system that can share blocks between files, in a file: the disk at hand may have another.

import { join } from 'node:path'
import { must } from './trees.mjs'
import { hasProgram, makeDirectory } from './world.mjs'

/** What `makeReflinkDisk` makes here: btrfs, else xfs; undefined if neither can be made or mounted. */
export function reflinkType() {
  if (process.getuid() !== 0) return undefined
  return ['btrfs', 'xfs'].find((type) => hasProgram(`mkfs.${type}`))
}

/** The directory of a mounted disk of this world's user, or undefined. `undo` unmounts it, which frees the loop device. */
export function makeReflinkDisk(world, undo) {
  const type = reflinkType()
  if (type === undefined) return undefined
  const image = join(world.directory, 'reflink.img')
  const disk = makeDirectory(join(world.directory, 'reflink'))
  undo.push(() => must(['rm', '-f', image]))
  must(['truncate', '--size=8G', image])
  must([`mkfs.${type}`, '-q', image])
  must(['mount', '-o', 'loop', image, disk])
  undo.push(() => must(['umount', disk]))
  if (world.uid !== undefined) must(['chown', `${world.uid}:${world.uid}`, disk])
  return disk
}
