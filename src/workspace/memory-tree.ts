import type { ByteString, RelPath } from '../paths/byte-string.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import { noSuchEntry, notADirectory, notAFile } from './workspace-errors.js'

/** A file is its content, a directory its entries. No content is ever changed in place. */
export type MemoryNode = Uint8Array | MemoryDir
export type MemoryDir = Map<ByteString, MemoryNode>

/** @throws OverlayError `NO_SUCH_ENTRY`, `NOT_A_DIRECTORY` */
export function nodeAt(root: MemoryDir, path: RelPath): MemoryNode {
  let node: MemoryNode = root
  let end = 0
  for (const name of namesOf(path)) {
    if (node instanceof Uint8Array) throw notADirectory(path.slice(0, end - 1) as RelPath, 'a file')
    const below = node.get(name)
    if (below === undefined) throw noSuchEntry(path)
    node = below
    end += name.length + 1
  }
  return node
}

/** The directory at a path, made with those above it. @throws OverlayError `NOT_A_DIRECTORY` */
export function dirMadeAt(root: MemoryDir, path: RelPath): MemoryDir {
  let dir = root
  let end = 0
  for (const name of namesOf(path)) {
    end += name.length + 1
    const below: MemoryNode = dir.get(name) ?? new Map()
    if (below instanceof Uint8Array) throw notADirectory(path.slice(0, end - 1) as RelPath, 'a file')
    dir.set(name, below)
    dir = below
  }
  return dir
}

/** @throws OverlayError `NOT_A_FILE` for a directory; `NOT_A_DIRECTORY` */
export function putFile(root: MemoryDir, path: RelPath, content: Uint8Array): void {
  const dir = dirMadeAt(root, parentOf(path))
  if (dir.get(nameOf(path)) instanceof Map) throw notAFile(path, 'a directory')
  dir.set(nameOf(path), content)
}

/** @throws OverlayError `NO_SUCH_ENTRY`, `NOT_A_FILE`, `NOT_A_DIRECTORY` */
export function removeFile(root: MemoryDir, path: RelPath): void {
  if (nodeAt(root, path) instanceof Map) throw notAFile(path, 'a directory')
  holderOf(root, path).delete(nameOf(path))
}

/** @throws OverlayError `NO_SUCH_ENTRY`; `NOT_A_DIRECTORY` for a file, and for a directory that holds something */
export function removeEmptyDir(root: MemoryDir, path: RelPath): void {
  const node = nodeAt(root, path)
  if (node instanceof Uint8Array) throw notADirectory(path, 'a file')
  if (node.size > 0) throw notADirectory(path, 'one that is not empty, where an empty one is to be removed')
  if (path !== '') holderOf(root, path).delete(nameOf(path))
}

/** A tree of its own with the same contents. */
export function copyTree(dir: MemoryDir): MemoryDir {
  return new Map([...dir].map(([name, node]) => [name, node instanceof Uint8Array ? node : copyTree(node)]))
}

/** All files, and the directories that hold nothing. */
export function* leavesOf(dir: MemoryDir, above = ''): Generator<readonly [path: RelPath, node: MemoryNode]> {
  for (const [name, node] of dir) {
    const path = `${above}${name}` as RelPath
    if (node instanceof Uint8Array || node.size === 0) yield [path, node]
    else yield* leavesOf(node, `${path}/`)
  }
}

function holderOf(root: MemoryDir, path: RelPath): MemoryDir {
  return nodeAt(root, parentOf(path)) as MemoryDir
}

function namesOf(path: RelPath): ByteString[] {
  return path === '' ? [] : (path.split('/') as ByteString[])
}
