import type { ContentSource } from '../changeset/change.js'
import { adoptOwner } from '../os/adopt-owner.js'
import type { Fd } from '../os/file-ops.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno, SystemError } from '../os/system-error.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { ensureDir } from '../session/open-dirs.js'
import { madeName, type SessionView } from './session-view.js'

/**
 * Keeps content that a commit composed (a merge, a choice of hunks) in the record's directory `made`, from where it is staged like any
 * other. The commit removes that directory when it begins and when it ends. Errors: `SystemError`.
 */
export function composeFile(view: SessionView, content: Uint8Array): ContentSource {
  const { ops } = view
  const made = madeDir(view)
  for (;;) {
    const name = view.nextMade()
    const file = createIfNone(view, made, name)
    if (file === undefined) continue
    try {
      ops.write(file, content, 0)
    } finally {
      ops.close(file)
    }
    return { layer: 'made', path: name as string as RelPath }
  }
}

/** Removes what an earlier commit composed and was killed over. Errors: `SystemError`. */
export function clearMade({ ops, dir }: SessionView): void {
  removeTree(ops, dir, madeName)
}

/** Removes what this commit composed, all of which is staged by now; what cannot be removed, the next one removes. */
export function dropMade(view: SessionView): void {
  try {
    clearMade(view)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
  }
}

/** The directory `made`, which is there from now on; the view closes it. */
export function madeDir(view: SessionView): Fd {
  const { ops, dir } = view
  if (ensureDir(ops, dir, madeName, 0o700)) adoptOwner(ops, dir, madeName)
  return view.layer('made').root
}

/** `undefined`: a commit that was killed left a file of that name. */
function createIfNone({ ops }: SessionView, dir: number, name: ByteString): number | undefined {
  try {
    return ops.createFile(dir, name, 0o600)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return undefined
    throw error
  }
}
