import { chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import type { FileOps } from '../../src/os/file-ops.js'
import type { AbsPath, ByteString, RelPath } from '../../src/paths/byte-string.js'
import { joinAbs, nameOf, parentOf } from '../../src/paths/rel-path.js'

/** Extended attributes by full name. */
export type Attributes = Readonly<Record<string, string>>

/** Makes entries of a layer by hand, parents first. Paths are plain ASCII. */
export interface Maker {
  dir(path: string, attributes?: Attributes): void
  file(path: string, content: string, attributes?: Attributes): void
  symlink(path: string, target: string): void
  /** A character device 0:0. */
  whiteout(path: string): void
  attributes(path: string, attributes: Attributes): void
}

export function makerOf(ops: FileOps, root: string, user: number): Maker {
  const at = (path: string): string => joinAbs(root as AbsPath, path)
  const inParent = (path: string, use: (dir: number, name: ByteString) => void): void => {
    const dir = ops.openRoot(joinAbs(root as AbsPath, parentOf(path as RelPath)))
    use(dir, path === '' ? ('.' as ByteString) : nameOf(path as RelPath))
    ops.close(dir)
  }
  const attributes = (path: string, wanted: Attributes = {}): void =>
    inParent(path, (dir, name) => {
      ops.setOwner(dir, name, user, user)
      for (const [key, value] of Object.entries(wanted)) ops.setXattr(dir, name, key as ByteString, Buffer.from(value))
    })
  return {
    dir: (path, wanted) => {
      mkdirSync(at(path))
      attributes(path, wanted)
    },
    file: (path, content, wanted) => {
      writeFileSync(at(path), content)
      chownSync(at(path), user, user)
      attributes(path, wanted)
    },
    symlink: (path, target) => {
      symlinkSync(target, at(path))
      attributes(path)
    },
    whiteout: (path) => inParent(path, (dir, name) => ops.mknod(dir, name, 'char', 0, 0, 0)),
    attributes,
  }
}
