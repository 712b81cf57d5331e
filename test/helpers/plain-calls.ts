import * as fs from 'node:fs'
import type { LayerOps } from '../../src/os/layer-ops.js'
import type { ByteString } from '../../src/paths/byte-string.js'
import { mtimeText, type PathCalls } from './path-calls.js'

function mtimeOf(time: bigint): string {
  const rest = ((time % billion) + billion) % billion
  return mtimeText(Number((time - rest) / billion), Number(rest))
}

const billion = 1_000_000_000n

/** {@link PathCalls} on a plain directory, by Node's own calls where it has them. */
export function plainCalls(ops: LayerOps, root: string): PathCalls {
  const at = (path: string): Buffer => Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1')
  const attempt = (call: () => unknown): number => {
    try {
      call()
      return 0
    } catch (error) {
      const { errno } = error as NodeJS.ErrnoException
      if (errno === undefined) throw error
      return errno
    }
  }
  const withParent = (path: string, use: (dir: number, name: ByteString) => number): number => {
    const cut = path.lastIndexOf('/')
    let dir = -1
    const failed = attempt(() => {
      dir = fs.openSync(at(path.slice(0, Math.max(0, cut))), fs.constants.O_DIRECTORY)
    })
    if (failed !== 0) return failed
    try {
      return use(dir, path.slice(cut + 1) as ByteString)
    } finally {
      fs.closeSync(dir)
    }
  }
  const xattrs = (path: string): string => (path === '' ? '' : String(withXattrs(path)))
  const withXattrs = (path: string): string => {
    let text = ''
    withParent(path, (dir, name) => {
      const buffer = Buffer.alloc(65536)
      const length = ops.listXattrs(dir, name, buffer)
      for (const key of buffer.toString('latin1', 0, Math.max(0, length)).split('\0').sort()) {
        if (key === '' || key.startsWith('security.')) continue
        const size = ops.getXattr(dir, name, key as ByteString, buffer)
        text += `${key}=${buffer.toString('hex', 0, size)};`
      }
      return 0
    })
    return text
  }
  return {
    mkdir: (path, mode) => attempt(() => fs.mkdirSync(at(path), { mode })),
    mkfifo: (path, mode) => withParent(path, (dir, name) => ops.mknod(dir, name, 0o10000 + mode, 0, 0)),
    symlink: (target, path) => attempt(() => fs.symlinkSync(Buffer.from(target, 'latin1'), at(path))),
    link: (from, to) => attempt(() => fs.linkSync(at(from), at(to))),
    unlink: (path) => attempt(() => fs.unlinkSync(at(path))),
    rmdir: (path) => attempt(() => fs.rmdirSync(at(path))),
    rename: (from, to, flags) =>
      withParent(from, (dir, name) =>
        withParent(to, (newDir, newName) => ops.rename(dir, name, newDir, newName, flags)),
      ),
    write: (path, flags, mode, offset, data) =>
      attempt(() => {
        const fd = fs.openSync(at(path), flags | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK, mode)
        try {
          fs.writeSync(fd, Buffer.from(data, 'latin1'), 0, data.length, offset)
        } finally {
          fs.closeSync(fd)
        }
      }),
    truncate: (path, size) =>
      attempt(() => {
        const fd = fs.openSync(at(path), fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK)
        try {
          fs.ftruncateSync(fd, size)
        } finally {
          fs.closeSync(fd)
        }
      }),
    chmod: (path, mode) => withParent(path, (dir, name) => ops.setMode(dir, name, mode)),
    chown: (path, uid, gid) => attempt(() => fs.lchownSync(at(path), uid, gid)),
    utimes: (path, seconds) => withParent(path, (dir, name) => ops.setTimes(dir, name, seconds, 5, seconds, 7)),
    setxattr: (path, key, value, flags) =>
      withParent(path, (dir, name) => ops.setXattr(dir, name, key as ByteString, Buffer.from(value), flags)),
    removexattr: (path, key) => withParent(path, (dir, name) => ops.removeXattr(dir, name, key as ByteString)),
    list: (path) => {
      let names: string[] = []
      const failed = attempt(() => {
        names = fs.readdirSync(at(path), { encoding: 'latin1' }).sort()
      })
      return failed === 0 ? names : failed
    },
    see: (path) => {
      let stat: fs.BigIntStats | undefined
      const failed = attempt(() => {
        stat = fs.lstatSync(at(path), { bigint: true })
      })
      if (stat === undefined) return failed
      const type = Number(stat.mode) >>> 12
      const content =
        type === 8
          ? fs.readFileSync(at(path)).toString('latin1')
          : type === 10
            ? fs.readlinkSync(at(path), 'latin1')
            : `${stat.rdev}`
      return {
        type,
        mode: (Number(stat.mode) & 0o7777).toString(8),
        owner: `${stat.uid}:${stat.gid}`,
        nlink: type === 4 ? 0 : Number(stat.nlink),
        mtime: path === '' ? 'now' : mtimeOf(stat.mtimeNs),
        content,
        xattrs: xattrs(path),
      }
    },
  }
}
