import {
  entryOut,
  type OpenOut,
  type RequestContext,
  type SetAttributes,
  setBits,
  setNothing,
} from '../../src/mount/fuse/core/answers.js'
import type { OverlayFs } from '../../src/mount/fuse/core/overlay-fs.js'
import type { ByteString } from '../../src/paths/byte-string.js'
import { mtimeText, type PathCalls } from './path-calls.js'

const create = 0o100
const exclusive = 0o200

const noChange = setNothing()

/** {@link PathCalls} on the core, as the kernel makes them: every name is looked up, and forgotten after the call. */
export function coreCalls(core: OverlayFs, context: RequestContext): PathCalls {
  const out = entryOut()
  const opened: OpenOut = { fh: -1, keepCache: false }
  const reach = (path: string, use: (node: number) => number): number => {
    const held: number[] = []
    let at = 1
    try {
      for (const name of path.split('/').filter((part) => part !== '')) {
        // All links lead nowhere.
        if (at !== 1 && out.mode >>> 12 === 10) return -2
        const failed = core.lookup(at, name as ByteString, out)
        if (failed !== 0) return failed
        if (out.nodeid === 0) return -2
        at = out.nodeid
        held.push(at)
      }
      return use(at)
    } finally {
      for (const node of held) core.forget(node, 1)
    }
  }
  const reachParent = (path: string, use: (parent: number, name: ByteString) => number): number => {
    const cut = path.lastIndexOf('/')
    return reach(path.slice(0, Math.max(0, cut)), (parent) =>
      parent !== 1 && out.mode >>> 12 !== 4
        ? out.mode >>> 12 === 10
          ? -2
          : -20
        : use(parent, path.slice(cut + 1) as ByteString),
    )
  }
  const made = (answer: number): number => {
    if (answer === 0) core.forget(out.nodeid, 1)
    return answer
  }
  const set = (path: string, change: Partial<SetAttributes>): number =>
    reach(path, (node) => core.setattr(context, node, { ...noChange, ...change }, out))
  const writeOpen = (fh: number, offset: number, data: string): number => {
    const written = core.write(fh, offset, Buffer.from(data, 'latin1'), false)
    core.release(fh)
    return Math.min(0, written)
  }
  const buffer = Buffer.alloc(1 << 20)
  const content = (node: number, type: number): string => {
    if (type === 10) {
      const target = { bytes: new Uint8Array(0) }
      core.readlink(node, target)
      return Buffer.from(target.bytes).toString('latin1')
    }
    if (type !== 8) return `${out.rdevMajor * 256 + out.rdevMinor}`
    const failed = core.open(node, 0, opened)
    if (failed !== 0) return `open: ${failed}`
    const length = core.read(opened.fh, 0, buffer)
    core.release(opened.fh)
    return length < 0 ? `read: ${length}` : buffer.toString('latin1', 0, length)
  }
  const xattrs = (node: number): string => {
    const length = core.listxattr(node, buffer)
    let text = ''
    for (const key of buffer.toString('latin1', 0, Math.max(0, length)).split('\0').sort()) {
      if (key === '' || key.startsWith('security.')) continue
      const size = core.getxattr(node, key as ByteString, buffer)
      text += `${key}=${buffer.toString('hex', 0, size)};`
    }
    return text
  }
  return {
    mkdir: (path, mode) => reachParent(path, (parent, name) => made(core.mkdir(context, parent, name, mode, out))),
    mkfifo: (path, mode) =>
      reachParent(path, (parent, name) => made(core.mknod(context, parent, name, 0o10000 + mode, 0, 0, out))),
    symlink: (target, path) =>
      reachParent(path, (parent, name) => made(core.symlink(context, parent, name, target as ByteString, out))),
    link: (from, to) =>
      reach(from, (node) => reachParent(to, (parent, name) => made(core.link(context, node, parent, name, out)))),
    unlink: (path) => reachParent(path, (parent, name) => core.unlink(parent, name)),
    rmdir: (path) => reachParent(path, (parent, name) => core.rmdir(parent, name)),
    rename: (from, to, flags) =>
      reachParent(from, (parent, name) =>
        reachParent(to, (newParent, newName) => core.rename(parent, name, newParent, newName, flags)),
      ),
    write: (path, flags, mode, offset, data) => {
      const bare = flags & ~(create | exclusive)
      const found = reach(path, (node) => {
        if ((flags & exclusive) !== 0) return -17
        if (out.mode >>> 12 === 10) return -40
        if ((flags & create) !== 0 && out.mode >>> 12 === 4) return -21
        if (out.mode >>> 12 === 1) return -6
        const failed = core.open(node, bare, opened)
        return failed === 0 ? writeOpen(opened.fh, offset, data) : failed
      })
      if (found !== -2 || (flags & create) === 0) return found
      return reachParent(path, (parent, name) => {
        const failed = made(core.create(context, parent, name, mode, bare, out, opened))
        return failed === 0 ? writeOpen(opened.fh, offset, data) : failed
      })
    },
    truncate: (path, size) =>
      reach(path, (node) => {
        const type = out.mode >>> 12
        if (type === 10) return -40
        if (type === 1) return -6
        return core.setattr(context, node, { ...noChange, valid: setBits.size, size }, out)
      }),
    chmod: (path, mode) =>
      reach(path, (node) => {
        if (out.mode >>> 12 === 10) return -95
        return core.setattr(context, node, { ...noChange, valid: setBits.mode, mode }, out)
      }),
    chown: (path, uid, gid) => set(path, { valid: setBits.uid | setBits.gid, uid, gid }),
    utimes: (path, seconds) =>
      set(path, { valid: setBits.atime | setBits.mtime, atime: seconds, atimeNs: 5, mtime: seconds, mtimeNs: 7 }),
    setxattr: (path, key, value, flags) =>
      reach(path, (node) => core.setxattr(node, key as ByteString, Buffer.from(value), flags, false)),
    removexattr: (path, key) =>
      reach(path, (node) => {
        const type = out.mode >>> 12
        // The kernel's own check comes first.
        if (key.startsWith('user.') ? type !== 8 && path !== '' && type !== 4 : context.uid !== 0) return -1
        return core.removexattr(node, key as ByteString)
      }),
    list: (path) => {
      const names: string[] = []
      const failed = reach(path, (node) => {
        if (core.opendir(node, opened) !== 0) return -20
        const { fh } = opened
        let cookie = 0
        for (let more = true; more; ) {
          more = false
          // A few at a time, as a small buffer of the kernel would have them.
          let room = 3
          const listed = core.readdir(fh, cookie, true, (name, _low, _high, _type, next, entry) => {
            if (room === 0) return false
            room -= 1
            more = true
            cookie = next
            if (name !== '.' && name !== '..') names.push(name)
            if (entry !== undefined && entry.nodeid !== 0) core.forget(entry.nodeid, 1)
            return true
          })
          if (listed !== 0) return listed
        }
        core.releasedir(fh)
        return 0
      })
      return failed === 0 ? names.sort() : failed
    },
    see: (path) => {
      let seen: ReturnType<PathCalls['see']> = -2
      const failed = reach(path, (node) => {
        const stat = core.getattr(node, -1, out)
        if (stat !== 0) return stat
        const type = out.mode >>> 12
        const facts = {
          type,
          mode: (out.mode & 0o7777).toString(8),
          owner: `${out.uid}:${out.gid}`,
          nlink: type === 4 ? 0 : out.nlink,
          mtime: path === '' ? 'now' : mtimeText(out.mtime, out.mtimeNs),
        }
        seen = { ...facts, content: content(node, type), xattrs: path === '' ? '' : xattrs(node) }
        return 0
      })
      return failed === 0 ? seen : failed
    },
  }
}
