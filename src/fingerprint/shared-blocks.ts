import type { Fd, FileOps } from '../os/file-ops.js'

/** Magic numbers (linux/magic.h) of file systems in which files can share blocks. */
const sharingMagics: ReadonlySet<number> = new Set([
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xca451a4e, // bcachefs
  0x2fc12fc1, // zfs
])

/** Bytes: the block of these file systems, and the page size of most machines. */
export const sharedBlock = 4096

/** Whether what is copied into files of `dir` may share its blocks with them. */
export function canShareBlocks(ops: FileOps, dir: Fd): boolean {
  return sharingMagics.has(ops.statFs(dir).magic)
}
