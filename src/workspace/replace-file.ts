import type { EntryStat } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { placeNewFile } from '../os/place-new-file.js'
import { isErrno } from '../os/system-error.js'
import { uniqueText } from '../os/unique-text.js'
import type { ByteString } from '../paths/byte-string.js'

/** What a new file gets. */
const newMode = 0o644
const accessList = 'system.posix_acl_access'

export interface ReplaceOptions {
  /** The file that has the name; `undefined` where none has. */
  readonly replaced: EntryStat | undefined
  /** Content is on the disk before it gets the name. */
  readonly sync: boolean
}

/**
 * Makes `name` in `dir` hold `data`, with the mode, owner, ACL and attributes of the file that it replaces: written under another name, and renamed. Other
 * names of that file keep the old content. setuid and setgid go, as with any write.
 * @throws SystemError; nothing has changed then
 */
export function replaceFile(ops: FileOps, dir: Fd, name: ByteString, data: Uint8Array, options: ReplaceOptions): void {
  const { replaced, sync } = options
  const staged = `.openagentic-${uniqueText()}.new` as ByteString
  placeNewFile(ops, dir, { staged, name, mode: 0o600 }, (fd) => {
    ops.write(fd, data, 0)
    takeOwner(ops, dir, staged, replaced ?? ops.statFd(dir))
    if (replaced !== undefined) takeXattrs(ops, dir, name, staged)
    ops.setMode(dir, staged, replaced === undefined ? newMode : replaced.mode & 0o1777)
    if (sync) ops.fsync(fd)
  })
}

/** Who may not give files away keeps what is made. */
export function takeOwner(ops: FileOps, dir: Fd, name: ByteString, { uid, gid }: EntryStat): void {
  const made = ops.stat(dir, name)
  if (made === undefined || (made.uid === uid && made.gid === gid)) return
  ignoring(['EPERM', 'EINVAL'], () => ops.setOwner(dir, name, uid, gid))
}

function takeXattrs(ops: FileOps, dir: Fd, from: ByteString, to: ByteString): void {
  ignoring(['ENOENT', 'ENOTSUP', 'EOPNOTSUPP', 'EACCES', 'EPERM', 'ELOOP'], () => {
    for (const [key, value] of ops.getXattrs(dir, from)) {
      if (key.startsWith('user.') || key === accessList) ops.setXattr(dir, to, key, value)
    }
  })
}

function ignoring(codes: readonly string[], call: () => void): void {
  try {
    call()
  } catch (error) {
    if (!codes.some((code) => isErrno(error, code))) throw error
  }
}
