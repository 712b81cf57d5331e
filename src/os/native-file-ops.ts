import type { ByteString } from '../paths/byte-string.js'
import { copyFilesByThreads } from './copy-files.js'
import { decodeLooks } from './decode-looks.js'
import { decodeStat, statRows, statSlots } from './decode-stat.js'
import { xattrsReader } from './decode-xattrs.js'
import type { Fd, FileOps, PairScan, ScannedEntry, Xattrs } from './file-ops.js'
import type { Addon } from './load-addon.js'
import { decodeComparisons, decodeReads, packPairs, packPaths } from './many-files.js'
import type { Scan } from './native-addon.js'
import { decodePairs } from './pair-scan.js'
import { pathOf } from './path-of.js'
import { renameNatively } from './rename-all.js'
import { systemErrorFrom } from './system-error.js'

/** {@link FileOps} by the native addon: one native call each. */
export function createFileOps(addon: Addon): FileOps {
  const row = statRows(new BigUint64Array(statSlots))
  return {
    openRoot: (path) => attempt(undefined, path, () => addon.openRoot(path)),
    openDir: (dir, path) => attempt(dir, path, () => addon.openDir(dir, path)),
    openFile: (dir, name) => attempt(dir, name, () => addon.openFile(dir, name, false)),
    openFileForWriting: (dir, name) => attempt(dir, name, () => addon.openFile(dir, name, true)),
    createFile: (dir, name, mode) => attempt(dir, name, () => addon.createFile(dir, name, mode)),
    close: (fd) => attempt(undefined, undefined, () => addon.close(fd)),

    stat: (dir, name) => attempt(dir, name, () => (addon.stat(dir, name, row.raw) ? decodeStat(row, 0) : undefined)),
    statFd: (fd) =>
      attempt(fd, undefined, () => {
        addon.statFd(fd, row.raw)
        return decodeStat(row, 0)
      }),
    scanDir: (dir, options) =>
      attempt(dir, undefined, () =>
        scannedEntries(addon.scanDir(dir, options?.xattrs === true, joined(options?.only))),
      ),
    scanPair: (dir, other) => attempt(dir, undefined, () => decodePairs(addon.scanPair(dir, other))[0] as PairScan),
    scanPairs: async (root, otherRoot, paths) =>
      decodePairs(await attempt(root, undefined, () => addon.scanPairs(root, otherRoot, packPaths(paths)))),
    lookAt: (root, paths, { xattrs = false } = {}) =>
      attempt(root, undefined, () => decodeLooks(addon.lookAt(root, packPaths(paths), xattrs))),
    readLink: (dir, name) => attempt(dir, name, () => addon.readLink(dir, name)),
    statFs: (fd) => attempt(fd, undefined, () => addon.statFs(fd)),
    fileHandle: (dir, name) => attempt(dir, name, () => addon.fileHandle(dir, name) ?? undefined),

    readFile: (dir, name, limit = Number.MAX_SAFE_INTEGER) =>
      attempt(dir, name, () => addon.readFile(dir, name, limit)),
    readFileInto: (dir, name, buffer) => attempt(dir, name, () => addon.readFileInto(dir, name, buffer) ?? undefined),
    sameContent: (dir, name, otherDir, otherName) =>
      attempt(dir, name, () => addon.sameContent(dir, name, otherDir, otherName)),
    compareFiles: async (root, otherRoot, pairs) =>
      decodeComparisons(await attempt(root, undefined, () => addon.compareFiles(root, otherRoot, packPairs(pairs)))),
    readFiles: async (root, paths, buffer) =>
      decodeReads(await attempt(root, undefined, () => addon.readFiles(root, packPaths(paths), buffer)), buffer),
    read: (fd, buffer, position) => attempt(fd, undefined, () => addon.read(fd, buffer, position)),
    nextData: (fd, offset) => attempt(fd, undefined, () => addon.nextData(fd, offset) ?? undefined),
    write: (fd, data, position) => attempt(fd, undefined, () => addon.write(fd, data, position)),
    truncate: (fd, size) => attempt(fd, undefined, () => addon.truncate(fd, size)),
    cloneContent: (from, to) => attempt(to, undefined, () => addon.cloneContent(from, to)),
    copyContent: (from, to, offset, limit) =>
      attempt(to, undefined, () => addon.copyContent(from, to, offset, limit) ?? undefined),
    copyRange: (from, fromOffset, to, toOffset, length) =>
      attempt(to, undefined, () => addon.copyRange(from, fromOffset, to, toOffset, length)),
    copyFiles: (job) => copyFilesByThreads(addon, job),

    mkdir: (dir, name, mode) => attempt(dir, name, () => addon.mkdir(dir, name, mode)),
    symlink: (target, dir, name) => attempt(dir, name, () => addon.symlink(target, dir, name)),
    mknod: (dir, name, type, mode, major, minor) =>
      attempt(dir, name, () => addon.mknod(dir, name, type, mode, major, minor)),
    link: (fromDir, fromName, toDir, toName) =>
      attempt(toDir, toName, () => addon.link(fromDir, fromName, toDir, toName)),
    unlink: (dir, name) => attempt(dir, name, () => addon.unlink(dir, name)),
    rmdir: (dir, name) => attempt(dir, name, () => addon.rmdir(dir, name)),
    rename: (fromDir, fromName, toDir, toName, mode) =>
      attempt(toDir, toName, () => addon.rename(fromDir, fromName, toDir, toName, mode)),
    renameAll: (fromRoot, toRoot, moves) =>
      attempt(toRoot, undefined, () => renameNatively(addon, fromRoot, toRoot, moves)),

    setMode: (dir, name, mode) => attempt(dir, name, () => addon.setMode(dir, name, mode)),
    setOwner: (dir, name, uid, gid) => attempt(dir, name, () => addon.setOwner(dir, name, uid, gid)),
    setTimes: (dir, name, atimeNs, mtimeNs) => attempt(dir, name, () => addon.setTimes(dir, name, atimeNs, mtimeNs)),
    getXattrs: (dir, name) => attempt(dir, name, () => xattrsReader(addon.getXattrs(dir, name))()),
    setXattr: (dir, name, key, value) => attempt(dir, name, () => addon.setXattr(dir, name, key, value)),
    removeXattr: (dir, name, key) => attempt(dir, name, () => addon.removeXattr(dir, name, key)),

    fsync: (fd) => attempt(fd, undefined, () => addon.fsync(fd)),
    syncFs: (fd) => attempt(fd, undefined, () => addon.syncFs(fd)),
    flock: (fd, how) => attempt(fd, undefined, () => addon.flock(fd, how === 'exclusive')),
  }
}

/** Makes a native call; what it throws becomes a `SystemError` that names the path. */
function attempt<T>(dir: Fd | undefined, name: ByteString | undefined, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw systemErrorFrom(error, pathOf(dir, name))
  }
}

/** The addon's form of a list of names: each followed by a slash. */
function joined(names: readonly ByteString[] | undefined): ByteString | undefined {
  return names === undefined ? undefined : (names.map((name) => `${name}/`).join('') as ByteString)
}

const none: Xattrs = new Map()

function scannedEntries({ rows, names, targets, xattrs }: Scan): ScannedEntry[] {
  if (rows.length === 0) return []
  const stats = statRows(rows)
  const targetList = targets.split('\0') as ByteString[]
  const nextXattrs = xattrs === undefined ? () => none : xattrsReader(xattrs)
  let links = 0
  return names
    .slice(0, -1)
    .split('/')
    .map((name, index) => {
      const stat = decodeStat(stats, index)
      const target = stat.type === 'symlink' ? targetList[links++] : undefined
      return { name: name as ByteString, stat, xattrs: nextXattrs(), target }
    })
}
