import type { ByteString } from '../../../paths/byte-string.js'
import { type Result, setBits, setNothing } from '../core/answers.js'
import { EOPNOTSUPP } from '../core/errno.js'
import type { RawHandlers, Signal, Words } from './binding.js'
import { EFBIG } from './errno.js'
import type { Host } from './host.js'
import { hasOtherNames } from './links.js'
import { statFsWords, statWords } from './stat-words.js'
import { bytesOf, textOf } from './text.js'

type AttributeHandlers = Pick<
  RawHandlers,
  | '_op_statfs'
  | '_op_getattr'
  | '_op_fgetattr'
  | '_op_truncate'
  | '_op_ftruncate'
  | '_op_utimens'
  | '_op_readlink'
  | '_op_chown'
  | '_op_chmod'
  | '_op_setxattr'
  | '_op_getxattr'
  | '_op_listxattr'
  | '_op_removexattr'
>

const acl = /^system\.posix_acl_/

/** Requests on what an inode has besides content. */
export function attributeHandlers({ core, tree, caller, statFs, text, files, answer, guard }: Host): AttributeHandlers {
  const set = setNothing()

  /** Changes what has a path, or is open. */
  function setattr(path: string, valid: number): Result {
    set.valid = valid
    return tree.use(path, (node) => core.setattr(caller, node, set, tree.entry))
  }

  function resize(path: string, fd: number, low: number, high: number): Result {
    const size = low + high * 2 ** 32
    if (!Number.isSafeInteger(size)) return EFBIG
    set.size = size
    const file = fd === 0 ? undefined : files.get(fd)
    if (file === undefined)
      return tree.use(path, () => (hasOtherNames(tree.entry) ? EOPNOTSUPP : setattr(path, setBits.size)))
    set.fh = file.handle
    set.valid = setBits.size | setBits.handle
    return core.setattr(caller, file.node, set, tree.entry)
  }

  function answerStat(signal: Signal, result: Result): void {
    const words = result < 0 ? result : statWords(tree.entry)
    if (typeof words === 'number') signal(words)
    else signal(0, words)
  }

  function named(path: string, name: string, call: (node: number, key: ByteString) => Result): Result {
    const key = bytesOf(name)
    return typeof key === 'number' ? key : tree.use(path, (node) => call(node, key))
  }

  return {
    _op_statfs(signal) {
      let words: Words | undefined
      const result = guard(() => {
        const failed = core.statfs(statFs)
        if (failed >= 0) words = statFsWords(statFs)
        return failed
      })
      signal(result, words)
    },
    _op_getattr: (signal, path) =>
      answerStat(
        signal,
        guard(() => tree.use(path, () => 0)),
      ),
    // fuse-native's own asks by the path, which an open file may have lost.
    _op_fgetattr(signal, path, fd) {
      const file = files.get(fd)
      const get = (): Result =>
        file === undefined ? tree.use(path, () => 0) : core.getattr(file.node, file.handle, tree.entry)
      answerStat(signal, guard(get))
    },
    _op_truncate: answer((path, low, high) => resize(path, 0, low, high)),
    _op_ftruncate: answer((path, fd, low, high) => resize(path, fd, low, high)),
    // fuse-native gives the time of access twice, so nobody knows what the other one is to be.
    _op_utimens: answer(() => EOPNOTSUPP),
    _op_readlink(signal, path) {
      let target = ''
      const result = guard(() =>
        tree.use(path, (node) => {
          const failed = core.readlink(node, text)
          if (failed < 0) return failed
          const read = textOf(text.bytes)
          if (typeof read === 'number') return read
          target = read
          return 0
        }),
      )
      signal(result, target)
    },
    _op_chown: answer((path, uid, gid) => {
      set.uid = uid
      set.gid = gid
      const none = 2 ** 32 - 1
      return setattr(path, (uid === none ? 0 : setBits.uid) | (gid === none ? 0 : setBits.gid))
    }),
    _op_chmod: answer((path, mode) => {
      set.mode = mode
      return setattr(path, setBits.mode)
    }),
    // The kernel checks no ACLs here, and would not learn of the mode that comes of one.
    _op_setxattr: (signal, path, name, value, _position, flags) =>
      signal(
        acl.test(name)
          ? EOPNOTSUPP
          : guard(() => named(path, name, (node, key) => core.setxattr(node, key, value, flags, false))),
        value.buffer,
      ),
    _op_getxattr: (signal, path, name, into) =>
      signal(
        guard(() => named(path, name, (node, key) => core.getxattr(node, key, into))),
        into.buffer,
      ),
    _op_listxattr: (signal, path, into) =>
      signal(
        guard(() => tree.use(path, (node) => core.listxattr(node, into))),
        into.buffer,
      ),
    _op_removexattr: answer((path, name) =>
      acl.test(name) ? EOPNOTSUPP : named(path, name, (node, key) => core.removexattr(node, key)),
    ),
  }
}
