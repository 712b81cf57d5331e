import type { Fd } from '../../../os/file-ops.js'
import type { LayerOps } from '../../../os/layer-ops.js'
import { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Result } from './answers.js'
import { EACCES } from './errno.js'
import { dirType, fileType } from './node.js'
import { create } from './open-flags.js'

/** Of renameat2(2). */
const exchange = 2

interface Place {
  readonly dir: Fd
  readonly name: ByteString
}

const itself = '' as ByteString

/**
 * The calls of a server that has no capabilities, on layers of its own user's. What merged shows as closed to its owner is so in the upper,
 * but a copy-up adds to such a directory, moves it into its place, and marks it: it is open for as long as that takes, and closed again.
 * Whether a process may do what it asks for was the kernel's to check before.
 */
export function openingClosed(ops: LayerOps): LayerOps {
  const row = new StatRow()
  const within = (dir: Fd): Place => ({ dir, name: itself })
  /** `places`: what the call needs to write to; `after`: where they are once it is done. */
  const opening = (call: () => Result, places: readonly Place[], after: readonly Place[] = places): Result => {
    const first = call()
    if (first !== EACCES) return first
    const modes = places.map((place) => open(place))
    if (modes.every((mode) => mode === undefined)) return first
    const result = call()
    const now = result >= 0 ? after : places
    for (const [index, mode] of modes.entries()) {
      const { dir, name } = now[index] as Place
      if (mode !== undefined) ops.setMode(dir, name, mode)
    }
    return result
  }
  /** The mode that it had; undefined where nothing was to do, or could be done. */
  const open = ({ dir, name }: Place): number | undefined => {
    if (ops.stat(dir, name, row) !== 0) return undefined
    const { mode, type } = row
    const wanted = type === dirType ? 0o300 : type === fileType ? 0o200 : 0
    if ((mode & wanted) === wanted) return undefined
    return ops.setMode(dir, name, mode | wanted) === 0 ? mode : undefined
  }
  return {
    ...ops,
    open: (dir, name, flags, mode) =>
      opening(() => ops.open(dir, name, flags, mode), (flags & create) !== 0 ? [within(dir)] : []),
    mkdir: (dir, name, mode) => opening(() => ops.mkdir(dir, name, mode), [within(dir)]),
    mknod: (dir, name, mode, major, minor) => opening(() => ops.mknod(dir, name, mode, major, minor), [within(dir)]),
    symlink: (target, dir, name) => opening(() => ops.symlink(target, dir, name), [within(dir)]),
    link: (fromDir, from, toDir, to) => opening(() => ops.link(fromDir, from, toDir, to), [within(toDir)]),
    unlink: (dir, name, directory) => opening(() => ops.unlink(dir, name, directory), [within(dir)]),
    rename: (fromDir, from, toDir, to, flags) => {
      const parents = [within(fromDir), within(toDir)]
      const [source, target] = [
        { dir: fromDir, name: from },
        { dir: toDir, name: to },
      ]
      // A directory that gets another parent is written to; files are not.
      const places = (flags & exchange) !== 0 ? [source, target] : [source]
      const after = (flags & exchange) !== 0 ? [target, source] : [target]
      return opening(() => ops.rename(fromDir, from, toDir, to, flags), [...places, ...parents], [...after, ...parents])
    },
    setXattr: (dir, name, key, value, flags) =>
      opening(() => ops.setXattr(dir, name, key, value, flags), [{ dir, name }]),
    removeXattr: (dir, name, key) => opening(() => ops.removeXattr(dir, name, key), [{ dir, name }]),
  }
}
