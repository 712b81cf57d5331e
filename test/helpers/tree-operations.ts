import {
  appendFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type { FileOps } from '../../src/os/file-ops.js'
import type { AbsPath, ByteString, RelPath } from '../../src/paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../../src/paths/bytes.js'
import { compareTreeOrder, joinAbs, joinRel, nameOf, parentOf } from '../../src/paths/rel-path.js'

/** A name below some directory: `dir` picks a directory that is there, `name` one of `names`. */
export interface Spot {
  readonly dir: number
  readonly name: number
}

/** One step as plain data, so that a failing run shrinks. `pick` chooses an entry that is there. What cannot be done is skipped. */
export type TreeOperation =
  | { readonly do: 'write'; readonly at: Spot; readonly content: string }
  | { readonly do: 'overwrite' | 'append'; readonly pick: number; readonly content: string }
  | { readonly do: 'replace'; readonly pick: number; readonly content: string }
  | { readonly do: 'truncate'; readonly pick: number; readonly size: number }
  | { readonly do: 'touch-open' | 'remove'; readonly pick: number }
  | { readonly do: 'mkdir' | 'mkfifo'; readonly at: Spot }
  | { readonly do: 'symlink'; readonly at: Spot; readonly target: string }
  | { readonly do: 'link' | 'move'; readonly pick: number; readonly to: Spot }
  | { readonly do: 'move-over' | 'swap'; readonly pick: number; readonly other: number }
  | { readonly do: 'recreate'; readonly pick: number }
  | { readonly do: 'chmod'; readonly pick: number; readonly mode: number }
  | { readonly do: 'utimes'; readonly pick: number; readonly mtimeNs: bigint }
  | { readonly do: 'setxattr'; readonly pick: number; readonly key: number; readonly value: string }
  | { readonly do: 'removexattr'; readonly pick: number; readonly key: number }
  | { readonly do: 'acl'; readonly pick: number; readonly mask: number }

/** Few, so that operations meet; a newline, bytes that are not UTF-8, and one that only looks like a whiteout. */
const names: readonly ByteString[] = ['a', 'b', 'c', 'd\n', '\xff\xfe', '.wh.a'] as ByteString[]
/** The same steps without the name that is not UTF-8. */
export function namedByText(steps: readonly TreeOperation[]): TreeOperation[] {
  const inText = (spot: Spot): Spot => (spot.name % names.length === 4 ? { ...spot, name: 0 } : spot)
  return steps.map((step) => {
    if ('at' in step) return { ...step, at: inText(step.at) }
    return 'to' in step ? { ...step, to: inText(step.to) } : step
  })
}

const xattrKeys: readonly ByteString[] = ['user.color', 'user.size'] as ByteString[]

/** Refusals that depend on what is there; anything else is a failure of the test. */
const refusals = new Set([
  'EEXIST',
  'ENOENT',
  'ENOTEMPTY',
  'EISDIR',
  'ENOTDIR',
  'EXDEV',
  'EINVAL',
  'EPERM',
  'ENODATA',
  'ELOOP',
  'EBUSY',
  'ERR_FS_EISDIR',
  'ENXIO',
  'EOPNOTSUPP',
  // The kernel’s answer to some exchanges of hard links of a link.
  'ESTALE',
  // Node has no name for it.
  'Unknown system error -116',
])

/** Performs the steps in the tree at `root`. */
export function operate(ops: FileOps, root: AbsPath, steps: readonly TreeOperation[]): void {
  for (const step of steps) {
    try {
      perform(new Tree(ops, root), step)
    } catch (error) {
      if (!refusals.has(String((error as NodeJS.ErrnoException).code))) throw error
    }
  }
}

class Tree {
  readonly ops: FileOps
  readonly #root: AbsPath

  constructor(ops: FileOps, root: AbsPath) {
    this.ops = ops
    this.#root = root
  }

  abs(path: RelPath): Buffer {
    return bufferFromBytes(joinAbs(this.#root, path))
  }

  all(): RelPath[] {
    const found: RelPath[] = []
    const visit = (path: RelPath): void => {
      for (const name of readdirSync(this.abs(path), { encoding: 'buffer' })) {
        const below = joinRel(path, bytesFromBuffer(name))
        found.push(below)
        if (this.isDir(below)) visit(below)
      }
    }
    visit('' as RelPath)
    return found.sort(compareTreeOrder)
  }

  isDir(path: RelPath): boolean {
    return lstatSync(this.abs(path)).isDirectory()
  }

  isFile(path: RelPath): boolean {
    return lstatSync(this.abs(path)).isFile()
  }

  pick(index: number): RelPath {
    const all = this.all()
    if (all.length === 0) throw Object.assign(new Error('nothing there'), { code: 'ENOENT' })
    return all[index % all.length] as RelPath
  }

  file(index: number): RelPath {
    const files = this.all().filter((path) => this.isFile(path))
    if (files.length === 0) throw Object.assign(new Error('no file there'), { code: 'ENOENT' })
    return files[index % files.length] as RelPath
  }

  spot({ dir, name }: Spot): RelPath {
    const dirs = ['' as RelPath, ...this.all().filter((path) => this.isDir(path))]
    return joinRel(dirs[dir % dirs.length] as RelPath, names[name % names.length] as ByteString)
  }

  /** Calls `use` with the open parent of `path`. */
  in<T>(path: RelPath, use: (dir: number, name: ByteString) => T): T {
    const dir = this.ops.openRoot(joinAbs(this.#root, parentOf(path)))
    try {
      return use(dir, nameOf(path))
    } finally {
      this.ops.close(dir)
    }
  }
}

function perform(tree: Tree, step: TreeOperation): unknown {
  const { ops } = tree
  switch (step.do) {
    case 'write':
      return writeFileSync(tree.abs(tree.spot(step.at)), step.content, { flag: 'wx' })
    case 'overwrite':
      return writeFileSync(tree.abs(tree.file(step.pick)), step.content)
    case 'append':
      return appendFileSync(tree.abs(tree.file(step.pick)), step.content)
    case 'replace':
      return replaceFile(tree, tree.file(step.pick), step.content)
    case 'truncate':
      return truncateSync(tree.abs(tree.file(step.pick)), step.size)
    case 'touch-open':
      return appendFileSync(tree.abs(tree.file(step.pick)), '')
    case 'remove':
      return rmSync(tree.abs(tree.pick(step.pick)) as unknown as string, { recursive: true })
    case 'mkdir':
      return mkdirSync(tree.abs(tree.spot(step.at)))
    case 'mkfifo':
      return tree.in(tree.spot(step.at), (dir, name) => ops.mknod(dir, name, 'fifo', 0o644, 0, 0))
    case 'symlink':
      return symlinkSync(step.target, tree.abs(tree.spot(step.at)))
    case 'link':
      return linkSync(tree.abs(tree.pick(step.pick)), tree.abs(tree.spot(step.to)))
    case 'move':
      return renameSync(tree.abs(tree.pick(step.pick)), tree.abs(tree.spot(step.to)))
    case 'move-over':
      return moveOver(tree, tree.pick(step.pick), tree.pick(step.other))
    case 'swap':
      return swap(tree, tree.pick(step.pick), tree.pick(step.other))
    case 'recreate':
      return recreate(tree, tree.pick(step.pick))
    case 'chmod':
      return chmod(tree, tree.pick(step.pick), step.mode)
    case 'utimes':
      return tree.in(tree.pick(step.pick), (dir, name) => ops.setTimes(dir, name, step.mtimeNs, step.mtimeNs))
    case 'setxattr':
      return tree.in(tree.pick(step.pick), (dir, name) =>
        ops.setXattr(dir, name, key(step.key), Buffer.from(step.value)),
      )
    case 'removexattr':
      return tree.in(tree.pick(step.pick), (dir, name) => ops.removeXattr(dir, name, key(step.key)))
    case 'acl':
      return tree.in(tree.pick(step.pick), (dir, name) =>
        ops.setXattr(dir, name, 'system.posix_acl_access' as ByteString, acl(step.mask)),
      )
  }
}

/** Whoever is not root keeps what it takes to look into their own entries. */
function chmod(tree: Tree, path: RelPath, mode: number): void {
  const kept = process.geteuid?.() === 0 ? 0 : tree.isDir(path) ? 0o700 : 0o600
  tree.in(path, (dir, name) => tree.ops.setMode(dir, name, mode | kept))
}

function key(index: number): ByteString {
  return xattrKeys[index % xattrKeys.length] as ByteString
}

/** As editors save: a new file takes the name of the old one. */
function replaceFile(tree: Tree, path: RelPath, content: string): void {
  const fresh = joinRel(parentOf(path), 'new.tmp' as ByteString)
  writeFileSync(tree.abs(fresh), content)
  renameSync(tree.abs(fresh), tree.abs(path))
}

/** A directory can replace only an empty one, so what is in the way goes first. */
function moveOver(tree: Tree, from: RelPath, to: RelPath): void {
  if (from === to || from.startsWith(`${to}/`) || to.startsWith(`${from}/`)) return
  rmSync(tree.abs(to) as unknown as string, { recursive: true })
  renameSync(tree.abs(from), tree.abs(to))
}

function swap(tree: Tree, one: RelPath, other: RelPath): void {
  if (one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)) return
  tree.in(one, (oneDir, oneName) =>
    tree.in(other, (otherDir, otherName) => tree.ops.rename(oneDir, oneName, otherDir, otherName, 'exchange')),
  )
}

/** Deletes a directory or file and makes a directory of its name: opaque over the old one. */
function recreate(tree: Tree, path: RelPath): void {
  if (tree.isDir(path)) rmSync(tree.abs(path) as unknown as string, { recursive: true })
  else unlinkSync(tree.abs(path))
  mkdirSync(tree.abs(path))
}

/** `user::rwx, group::r--, mask::<mask>, other::---` in the kernel's form (version 2, little endian). */
function acl(mask: number): Uint8Array {
  const entries = [
    [1, 7],
    [4, 4],
    [16, mask & 7],
    [32, 0],
  ] as const
  const bytes = Buffer.alloc(4 + entries.length * 8)
  bytes.writeUInt32LE(2, 0)
  for (const [index, [tag, permissions]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8)
    bytes.writeUInt16LE(permissions, 6 + index * 8)
    bytes.writeUInt32LE(0xffffffff, 8 + index * 8)
  }
  return bytes
}
