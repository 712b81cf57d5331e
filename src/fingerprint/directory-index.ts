import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import { entryName } from '../paths/rel-path.js'

/** A directory of the project as it was shortly after the session began. */
export interface NotedDirectory {
  readonly ino: bigint
  /** Only when it is from before the epoch was the directory there, under this path, when the session began. */
  readonly ctimeNs: bigint
}

/** The project's directories, as far as they are known. */
export type DirectoryIndex = ReadonlyMap<RelPath, NotedDirectory>

/** File in the session directory; the holder writes it. */
export const directoryIndexName: ReturnType<typeof entryName> = entryName('directories')

const header = 'openagentic-directories 1\n'

/** About a million directories. A longer file is not read. Bytes. */
const largestFile = 256 << 20

/**
 * The index of the session directory `dir`; `undefined` when there is none (yet), as after a creation that was cut
 * short. What is not in it is not known, which can only make the check more careful.
 */
export function readDirectoryIndex(ops: FileOps, dir: Fd): DirectoryIndex | undefined {
  try {
    return parseDirectoryIndex(ops.readFile(dir, directoryIndexName, largestFile))
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EFBIG')) return undefined
    throw error
  }
}

/** Reads up to the first record that is torn or not understood. See docs/on-disk-format.md, "Directories". */
export function parseDirectoryIndex(content: Uint8Array): DirectoryIndex {
  const text = bytesFromBuffer(content)
  const index = new Map<RelPath, NotedDirectory>()
  if (!text.startsWith(header)) return index
  const record = /(\d{1,20}) (-?\d{1,20}) ([^\0]+)\0/y
  record.lastIndex = header.length
  for (let match = record.exec(text); match !== null; match = record.exec(text)) {
    const [, ino = '', ctime = '', path = ''] = match
    // Paths are only looked up here, never opened.
    index.set(path as RelPath, { ino: BigInt(ino), ctimeNs: BigInt(ctime) })
  }
  return index
}
