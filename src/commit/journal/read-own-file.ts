import { OverlayError } from '../../errors/overlay-error.js'
import type { Fd, FileOps } from '../../os/file-ops.js'
import { ownUid } from '../../os/own-uid.js'
import type { ByteString } from '../../paths/byte-string.js'

/**
 * Reads a file of a journal that this user or root wrote. Root works on sessions of other users, who can write what they like into
 * their records: a journal of theirs would have root set owners and modes in the project.
 * @throws OverlayError `JOURNAL_FOREIGN`
 */
export function readOwnFile(ops: FileOps, dir: Fd, name: ByteString): Uint8Array {
  const file = ops.openFile(dir, name)
  try {
    const { uid, size } = ops.statFd(file)
    if (uid !== 0 && uid !== ownUid(ops)) throw foreign(uid)
    const bytes = Buffer.alloc(size)
    let length = 0
    for (let read = -1; read !== 0 && length < size; length += read) {
      read = ops.read(file, bytes.subarray(length), length)
    }
    return bytes.subarray(0, length)
  } finally {
    ops.close(file)
  }
}

function foreign(uid: number): OverlayError {
  return new OverlayError('JOURNAL_FOREIGN', `Expected the journal of a commit of your own, found one of user ${uid}`, {
    hint: `Nothing was changed. Run the command as that user: \`sudo -u '#${uid}' openagentic-overlay recover\`.`,
  })
}
