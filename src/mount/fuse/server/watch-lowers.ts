import { type DirWatch, openDirWatch } from '../../../os/dir-watch.js'
import type { Fd, FileOps } from '../../../os/file-ops.js'
import type { Addon } from '../../../os/load-addon.js'
import { readProcFile } from '../../../os/proc-files.js'
import { isErrno } from '../../../os/system-error.js'

/** Magic numbers (linux/magic.h) of the file systems whose changes are all made by this machine, by the entry that is watched. */
const watchableMagics: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x73717368, // squashfs
])

/** A part of what the user may have: editors and build tools watch as well. */
const watchShare = 0.25

/** The first that does not take an older answer for newer than a notification about the same inode. */
const needs = [5, 10] as const

export interface LowerWatch {
  readonly watch: DirWatch
  readonly maxWatches: number
}

/** `undefined` where not every change of the lowers would be told. */
export function watchLowers(addon: Addon, ops: FileOps, lowers: readonly Fd[]): LowerWatch | undefined {
  if (!lowers.every((lower) => watchableMagics.has(ops.statFs(lower).magic))) return undefined
  try {
    if (!isEnough(readProcFile('/proc/sys/kernel/osrelease'))) return undefined
    const most = Number.parseInt(readProcFile('/proc/sys/fs/inotify/max_user_watches'), 10)
    return { watch: openDirWatch(addon), maxWatches: Math.floor(most * watchShare) }
  } catch (error) {
    // No /proc, no inotify, or more of its objects than the user may have.
    if (['ENOENT', 'EACCES', 'ENOSYS', 'EMFILE', 'ENFILE'].some((code) => isErrno(error, code))) return undefined
    throw error
  }
}

function isEnough(release: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10))
  return major > needs[0] || (major === needs[0] && minor >= needs[1])
}
