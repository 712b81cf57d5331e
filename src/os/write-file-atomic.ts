import type { ByteString } from '../paths/byte-string.js'
import { adoptOwner } from './adopt-owner.js'
import type { Fd, FileOps } from './file-ops.js'
import { placeNewFile } from './place-new-file.js'
import { uniqueText } from './unique-text.js'

/**
 * Makes `name` in `dir` hold exactly `data` (or its pieces, in order), old or new at any crash: staged beside it, synced, renamed over it, and
 * the directory synced. It is the directory's owner's, also when root writes it. Of two writers at once the later one wins, whole.
 * @throws SystemError; nothing has changed then, unless the sync of the directory failed
 */
export function writeFileAtomic(
  ops: FileOps,
  dir: Fd,
  name: ByteString,
  data: Uint8Array | Generator<Uint8Array>,
  mode = 0o600,
): void {
  const staged = `.${name}.${uniqueText()}.new` as ByteString
  placeNewFile(ops, dir, { staged, name, mode }, (fd) => {
    adoptOwner(ops, dir, staged)
    let at = 0
    for (const piece of data instanceof Uint8Array ? [data] : data) {
      ops.write(fd, piece, at)
      at += piece.length
    }
    ops.fsync(fd)
  })
  ops.fsync(dir)
}
