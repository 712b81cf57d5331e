import { deviceMajor, deviceMinor } from '../../../fuse-protocol/replies.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { entryOut, type NodeId, type Result } from '../core/answers.js'
import { EOPNOTSUPP, EPERM } from '../core/errno.js'
import { create, exclusive, readWrite } from '../core/open-flags.js'
import type { RawHandlers } from './binding.js'
import type { Host } from './host.js'
import { bytesOf } from './text.js'

type NameHandlers = Pick<
  RawHandlers,
  '_op_mknod' | '_op_mkdir' | '_op_symlink' | '_op_link' | '_op_create' | '_op_unlink' | '_op_rmdir' | '_op_rename'
>

const defaultAcl = 'system.posix_acl_default' as ByteString
const nothing = new Uint8Array()

/** The name that libfuse gives an open file which is removed or replaced (`hidden_name` in its lib/fuse.c): node, and how many times it has done so. */
const hiddenName = /\/\.fuse_hidden[0-9a-f]{8}([0-9a-f]{8})$/

/** Names that libfuse goes through when it finds some taken. */
const hidingTries = 3

/** Requests that make a name, move it or take it away. */
export function nameHandlers({ core, tree, caller, open, files, answer }: Host): NameHandlers {
  const made = entryOut()
  let hiddenTimes = 0

  /** Nobody asks for what was made by its inode: libfuse looks it up by its path. */
  function making(path: string, make: (parent: NodeId, name: ByteString) => Result): Result {
    return tree.at(path, (parent, name) => {
      // The kernel has taken the umask away, which does not count here, and fuse-native cannot tell it not to.
      if (core.getxattr(parent, defaultAcl, nothing) > 0) return EOPNOTSUPP
      const result = make(parent, name)
      if (result >= 0) core.forget(made.nodeid, 1)
      return result
    })
  }

  /** Whether libfuse moves an open file out of sight: it counts the names that it makes up. */
  function hides(node: NodeId, to: string): boolean {
    const times = Number.parseInt(hiddenName.exec(to)?.[1] ?? '', 16)
    if (!(times > hiddenTimes && times <= hiddenTimes + hidingTries && files.isOpen(node))) return false
    hiddenTimes = times
    return true
  }

  /** The file goes on without a name in merged and in the upper, as one that is open does anywhere else. */
  function hide(node: NodeId, from: string, to: string): Result {
    const result = tree.at(from, (parent, name) => core.unlink(parent, name))
    if (result >= 0) tree.hide(to, node)
    return result
  }

  function rename(from: string, to: string): Result {
    // One that has just been closed is moved there and then removed, if libfuse does not know of its end yet.
    if (hiddenName.test(to)) return tree.use(from, (node) => (hides(node, to) ? hide(node, from, to) : move(from, to)))
    return move(from, to)
  }

  function move(from: string, to: string): Result {
    const result = tree.at(from, (parent, name) =>
      tree.at(to, (newParent, newName) => core.rename(parent, name, newParent, newName, 0)),
    )
    if (result >= 0) tree.forgetAll()
    return result
  }

  return {
    _op_mknod: answer((path, mode, device) =>
      making(path, (parent, name) =>
        core.mknod(caller, parent, name, mode, deviceMajor(device), deviceMinor(device), made),
      ),
    ),
    _op_mkdir: answer((path, mode) =>
      making(path, (parent, name) => core.mkdir(caller, parent, name, mode & 0o7777, made)),
    ),
    _op_symlink: (signal, target, path) =>
      answer((at: string) => {
        const bytes = bytesOf(target)
        if (typeof bytes === 'number') return bytes
        return tree.at(at, (parent, name) => {
          const result = core.symlink(caller, parent, name, bytes, made)
          if (result >= 0) core.forget(made.nodeid, 1)
          return result
        })
      })(signal, path),
    // To libfuse each name is a file of its own: what is written by one would not be seen by the other while it is open.
    _op_link: answer(() => EPERM),
    // Which flags it was opened with is not said. The kernel has seen that nothing has the name, so what somebody else made since is told of.
    _op_create: (signal, path, mode) => {
      let fd = 0
      answer((at: string) => {
        const flags = readWrite | create | exclusive
        const result = making(at, (parent, name) => core.create(caller, parent, name, mode, flags, made, open))
        if (result >= 0) fd = files.add(open.fh, made.nodeid)
        return result
      })((result) => signal(result, fd), path)
    },
    _op_unlink: answer((path) => {
      if (tree.drop(path)) return 0
      return tree.at(path, (parent, name) => core.unlink(parent, name))
    }),
    _op_rmdir: answer((path) => {
      const result = tree.at(path, (parent, name) => core.rmdir(parent, name))
      if (result >= 0) tree.forgetAll()
      return result
    }),
    _op_rename: answer(rename),
  }
}
