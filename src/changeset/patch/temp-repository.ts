import { OverlayError } from '../../errors/overlay-error.js'
import type { Fd, FileOps } from '../../os/file-ops.js'
import { removeTree } from '../../os/remove-tree.js'
import { isErrno } from '../../os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../../paths/byte-string.js'
import { bytesFromText } from '../../paths/bytes.js'
import { quoteName } from '../../paths/quote-name.js'
import { joinAbs } from '../../paths/rel-path.js'

/** A bare git repository of our own, below the directory for temporary files. */
export interface TempRepository {
  readonly path: AbsPath
  /** Removes it with all that git wrote. */
  remove(): void
}

/** What git wants to see in a repository (gitrepository-layout(5)); the rest it makes itself. */
const directories = ['objects', 'refs'].map(bytesFromText)
const head = bytesFromText('HEAD')

/** Makes the least that git takes for a repository: no hooks, no configuration, no attributes. */
export function makeTempRepository(ops: FileOps, tempDir: AbsPath): TempRepository {
  const name = bytesFromText(`openagentic-overlay-diff-${crypto.randomUUID()}`)
  const parent = openTempDir(ops, tempDir)
  try {
    ops.mkdir(parent, name, 0o700)
    fill(ops, parent, name as RelPath)
  } finally {
    ops.close(parent)
  }
  return { path: joinAbs(tempDir, name), remove: () => remove(ops, tempDir, name) }
}

function openTempDir(ops: FileOps, tempDir: AbsPath): Fd {
  try {
    return ops.openRoot(tempDir)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) throw error
    throw new OverlayError('PATH_INVALID', `Expected a directory for temporary files, got ${quoteName(tempDir)}`, {
      path: quoteName(tempDir),
      hint: 'Set TMPDIR to a directory that exists.',
      cause: error,
    })
  }
}

function fill(ops: FileOps, parent: Fd, name: RelPath): void {
  const dir = ops.openDir(parent, name)
  try {
    for (const child of directories) ops.mkdir(dir, child, 0o700)
    const file = ops.createFile(dir, head, 0o600)
    try {
      ops.write(file, Buffer.from('ref: refs/heads/none\n'), 0)
    } finally {
      ops.close(file)
    }
  } finally {
    ops.close(dir)
  }
}

function remove(ops: FileOps, tempDir: AbsPath, name: ByteString): void {
  const parent = ops.openRoot(tempDir)
  try {
    removeTree(ops, parent, name)
  } finally {
    ops.close(parent)
  }
}
