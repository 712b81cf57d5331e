import type { Fd, FileOps } from '../os/file-ops.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno } from '../os/system-error.js'
import { uniqueText } from '../os/unique-text.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { joinAbs } from '../paths/rel-path.js'
import type { SessionId } from '../paths/session-id.js'
import { withDir } from './open-dirs.js'

/**
 * The directories of a session that does not exist yet: they bear a name that no session can have, and get the
 * session's all at once. Two creations of one id cannot both get it.
 */
export interface Draft {
  /** Directory of the record, locked as `lockState` does. Stays open, and locked, when the draft has become a session. */
  readonly dirFd: Fd
  readonly dir: AbsPath
  /** Holds `upper/`, `work/` and `merged/`; the same as `dir` unless they lie elsewhere. */
  readonly layers: AbsPath
  /** Gives it a name. `false` when that is taken; the draft is as before then. */
  publish(id: SessionId): boolean
  /** Removes everything, published or not, and closes `dirFd`. */
  discard(): void
}

/** Names of drafts and of sessions that are being removed: an id never starts with a dot. */
export const draftPrefix = '.new-'
export const removedPrefix = '.gone-'

/** `home` and `layersHome` are the directories in which the session's own will lie. */
export function createDraft(ops: FileOps, home: AbsPath, layersHome: AbsPath): Draft {
  const places = [...new Set([layersHome, home])]
  let name = bytesFromText(`${draftPrefix}${uniqueText()}`)
  const removeAll = (): void => {
    for (const place of places) withDir(ops, place, (dir) => removeTree(ops, dir, name))
  }
  try {
    for (const place of places) withDir(ops, place, (dir) => ops.mkdir(dir, name, 0o700))
    withDir(ops, joinAbs(layersHome, name), (layers) => {
      for (const part of ['upper', 'work']) ops.mkdir(layers, bytesFromText(part), 0o700)
    })
    const dirFd = ops.openRoot(joinAbs(home, name))
    ops.flock(dirFd, 'exclusive')
    return {
      dirFd,
      get dir() {
        return joinAbs(home, name)
      },
      get layers() {
        return joinAbs(layersHome, name)
      },
      publish(id) {
        const published = renameAll(ops, places, name, id as string as ByteString)
        if (published) name = id as string as ByteString
        return published
      },
      discard() {
        removeAll()
        ops.close(dirFd)
      },
    }
  } catch (error) {
    removeAll()
    throw error
  }
}

function renameAll(ops: FileOps, places: readonly AbsPath[], from: ByteString, to: ByteString): boolean {
  const renamed: AbsPath[] = []
  try {
    for (const place of places) {
      if (!renameIn(ops, place, from, to)) break
      renamed.push(place)
    }
  } finally {
    if (renamed.length < places.length) for (const place of renamed) renameIn(ops, place, to, from)
  }
  return renamed.length === places.length
}

function renameIn(ops: FileOps, place: AbsPath, from: ByteString, to: ByteString): boolean {
  try {
    withDir(ops, place, (dir) => ops.rename(dir, from, dir, to, 'noreplace'))
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  }
}
