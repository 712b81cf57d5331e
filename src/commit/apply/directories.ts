import { SystemError } from '../../os/system-error.js'
import type { RelPath } from '../../paths/byte-string.js'
import { compareTreeOrder } from '../../paths/rel-path.js'
import type { Times, TouchedDirectory } from '../journal/journal-plan.js'
import { atEntry } from '../set-attributes.js'
import type { Trees } from './trees.js'

/** Owner may search and write: what it takes to rename in a directory. */
const writable = 0o300

/** Makes those writable to their owner that are not, the topmost first. */
export function openDirectories(trees: Trees, directories: readonly TouchedDirectory[]): void {
  for (const directory of sorted(directories)) {
    if (isClosed(directory) && isSameDirectory(trees, directory)) setMode(trees, directory, directory.mode | writable)
  }
}

/** The same on the way back, as far as it goes: in one that could never be opened, nothing was moved. */
export function openAgain(trees: Trees, directories: readonly TouchedDirectory[]): void {
  for (const directory of sorted(directories)) {
    try {
      openDirectories(trees, [directory])
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }
}

/** Gives back modes, and times where the session shows the old ones, the deepest first. Called when every entry is in its place. */
export function closeDirectories(trees: Trees, directories: readonly TouchedDirectory[]): void {
  restore(trees, directories, ({ endTimes }) => endTimes)
}

/** The same on the way back: all times are the old ones. */
export function restoreDirectories(trees: Trees, directories: readonly TouchedDirectory[]): void {
  restore(trees, directories, (directory) => directory)
}

/** Whether it is still the one whose entries were moved. */
function isSameDirectory({ base }: Trees, { path, ino }: TouchedDirectory): boolean {
  return base.stat(path)?.ino === ino
}

function restore(
  trees: Trees,
  directories: readonly TouchedDirectory[],
  timesOf: (directory: TouchedDirectory) => Times | undefined,
): void {
  for (const directory of sorted(directories).reverse()) {
    const times = timesOf(directory)
    const closed = isClosed(directory)
    if ((times === undefined && !closed) || !isSameDirectory(trees, directory)) continue
    if (closed) setMode(trees, directory, directory.mode)
    if (times !== undefined) setTimes(trees, directory.path, times)
  }
}

function sorted(directories: readonly TouchedDirectory[]): TouchedDirectory[] {
  return [...directories].sort((a, b) => compareTreeOrder(a.path, b.path))
}

/** The root of the project is opened by its owner, not by us. */
function isClosed({ path, mode }: TouchedDirectory): boolean {
  return path !== '' && (mode & writable) !== writable
}

function setMode({ ops, base }: Trees, { path }: TouchedDirectory, mode: number): void {
  base.at(path, (dir, name) => ops.setMode(dir, name, mode))
}

function setTimes({ ops, base }: Trees, path: RelPath, { atimeNs, mtimeNs }: Times): void {
  atEntry(base, path, (dir, name) => ops.setTimes(dir, name, atimeNs, mtimeNs))
}
