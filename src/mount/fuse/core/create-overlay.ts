import type { LayerOps } from '../../../os/layer-ops.js'
import type { Handle, Result, StatFsOut } from './answers.js'
import * as attributes from './attributes.js'
import { openingClosed } from './closed-to-owner.js'
import type { Core } from './core.js'
import { EBADF } from './errno.js'
import * as files from './files.js'
import { link } from './link.js'
import * as names from './look-up.js'
import * as make from './make.js'
import type { OverlayFs, OverlayOptions } from './overlay-fs.js'
import * as dirs from './read-dir.js'
import { refresh } from './refresh.js'
import { rmdir, unlink } from './remove.js'
import { rename } from './rename.js'
import { setattr } from './set-attributes.js'
import { startCore } from './start.js'

/** The overlay of some directories, or the errno of what it cannot be begun with. */
export function createOverlay(ops: LayerOps, options: OverlayOptions): OverlayFs | number {
  const core = startCore(options.privileged ? ops : openingClosed(ops), options)
  if (typeof core === 'number') return core
  const begun = (): Core => {
    core.fds.begin()
    return core
  }
  const counts = new Float64Array(8)
  return {
    lookup: (parent, name, out) => names.lookup(begun(), parent, name, out),
    forget: (node, count) => names.forget(core, node, count),
    getattr: (node, fh, out) => names.getattr(begun(), node, fh, out),
    setattr: (context, node, set, out) => setattr(begun(), context, node, set, out),
    readlink: (node, out) => files.readlink(begun(), node, out),
    mknod: (context, parent, name, mode, major, minor, out) =>
      make.mknod(begun(), context, parent, name, mode, major, minor, out),
    mkdir: (context, parent, name, mode, out) => make.mkdir(begun(), context, parent, name, mode, out),
    symlink: (context, parent, name, target, out) => make.symlink(begun(), context, parent, name, target, out),
    link: (_context, node, parent, name, out) => link(begun(), node, parent, name, out),
    unlink: (parent, name) => unlink(begun(), parent, name),
    rmdir: (parent, name) => rmdir(begun(), parent, name),
    rename: (parent, name, newParent, newName, flags) => rename(begun(), parent, name, newParent, newName, flags),
    open: (node, flags, out) => files.open(begun(), node, flags, out),
    create: (context, parent, name, mode, flags, entry, out) =>
      make.create(begun(), context, parent, name, mode, flags, entry, out),
    read: (fh, offset, into) => files.read(core, fh, offset, into),
    write: (fh, offset, data, kill = false) => files.write(core, fh, offset, data, kill),
    flush: (fh) => (core.files.get(fh) === undefined ? EBADF : 0),
    fsync: (fh, dataOnly) => files.fsync(core, fh, dataOnly),
    release: (fh) => files.release(core, fh),
    fallocate: (fh, mode, offset, length, kill = false) => files.fallocate(core, fh, mode, offset, length, kill),
    lseek: (fh, offset, whence) => files.lseek(core, fh, offset, whence),
    copyFileRange: (from, fromOffset, to, toOffset, length, kill = false) =>
      files.copyFileRange(core, from, fromOffset, to, toOffset, length, kill),
    backingFd: (fh) => files.backingFd(core, fh),
    beginCopyUp: (node) => files.beginCopyUp(begun(), node),
    opendir: (node, out) => dirs.opendir(begun(), node, out),
    readdir: (fh, offset, plus, emit) => dirs.readdir(begun(), fh, offset, plus, emit),
    releasedir: (fh) => void core.dirs.take(fh),
    fsyncdir: (fh, dataOnly) => fsyncdir(core, fh, dataOnly),
    getxattr: (node, name, into) => attributes.getxattr(begun(), node, name, into),
    listxattr: (node, into) => attributes.listxattr(begun(), node, into),
    setxattr: (node, name, value, flags, clearSetgid) =>
      attributes.setxattr(begun(), node, name, value, flags, clearSetgid),
    removexattr: (node, name) => attributes.removexattr(begun(), node, name),
    statfs: (out) => statfs(core, counts, out),
    refresh: () => refresh(core),
    close: () => close(core),
  }
}

function fsyncdir(core: Core, fh: Handle, dataOnly: boolean): Result {
  const dir = core.dirs.get(fh)
  if (dir === undefined) return EBADF
  if (!dir.node.upper || dir.node.removed) return 0
  core.fds.begin()
  const fd = core.fds.upper(dir.node)
  return fd < 0 ? fd : core.ops.sync(fd, dataOnly)
}

function statfs(core: Core, counts: Float64Array, out: StatFsOut): Result {
  const { upper, lowers } = core.options
  const failed = core.ops.statFs(upper ?? (lowers[0] as number), counts)
  if (failed !== 0) return failed
  const [blocks = 0, freeBlocks = 0, availableBlocks = 0, files = 0, freeFiles = 0] = counts
  const [, , , , , blockSize = 0, nameMax = 0, fragmentSize = 0] = counts
  Object.assign(out, { blocks, freeBlocks, availableBlocks, files, freeFiles, blockSize, nameMax, fragmentSize })
  return 0
}

function close(core: Core): void {
  for (const file of core.files.all()) core.ops.close(file.fd)
  core.fds.closeAll()
  if (core.work >= 0) core.ops.close(core.work)
}
