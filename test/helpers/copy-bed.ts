import { statSync } from 'node:fs'
import type { CopiedAttributes, CopiedFile, CopyJob, FileOps, FileToCopy } from '../../src/os/file-ops.js'
import { oneByOne } from '../../src/os/one-by-one.js'
import type { ByteString, RelPath } from '../../src/paths/byte-string.js'
import { nameOf, parentOf } from '../../src/paths/rel-path.js'
import { type Scratch, scratch } from './scratch.js'

/** Both forms of `copyFiles`, for one contract. */
export const copiers: readonly { readonly name: string; readonly form: (ops: FileOps) => FileOps }[] = [
  { name: 'by threads', form: (ops) => ops },
  { name: 'one by one', form: oneByOne },
]

/** A tree to copy from and one to copy to. */
export interface CopyBed {
  readonly ops: FileOps
  readonly from: Scratch
  readonly to: Scratch
  /** The file at `path` with all that it has, to be copied to a name that is its path without slashes. */
  file(path: string, changes?: Partial<CopiedAttributes>): FileToCopy
  /** What was made, in the order of the files. */
  copy(files: readonly FileToCopy[], options?: Partial<CopyJob>): Promise<CopiedFile[]>
}

export function copyBed(form: (ops: FileOps) => FileOps, parents: { from?: string; to?: string } = {}): CopyBed {
  const from = scratch(parents.from)
  const to = scratch(parents.to)
  const ops = form(from.ops)
  return {
    ops,
    from,
    to,
    file(path, changes) {
      const dir = ops.openDir(from.root, parentOf(path as RelPath))
      const name = nameOf(path as RelPath)
      const expected = ops.stat(dir, name)
      const xattrs = ops.getXattrs(dir, name)
      ops.close(dir)
      if (expected === undefined) throw new Error(`No ${path}`)
      const attributes = { ...expected, xattrs, ...changes }
      return { from: path as RelPath, to: path.replaceAll('/', '_') as RelPath, expected, attributes }
    },
    async copy(files, options) {
      const made: CopiedFile[] = []
      const onCopied: CopyJob['onCopied'] = (first, copied) => void made.splice(first, copied.length, ...copied)
      await ops.copyFiles({ fromRoot: from.root, toRoot: to.root, files, onCopied, ...options })
      return made
    },
  }
}

/** All that a copy must have of its original, but for the time of access: a copy reads, and so does this. */
export function copiedFacts({ ops, root }: Scratch, name: ByteString): unknown {
  const stat = ops.stat(root, name)
  const fd = ops.openFile(root, name)
  const content = Buffer.alloc(Math.min(stat?.size ?? 0, 1 << 20))
  ops.read(fd, content, 0)
  ops.close(fd)
  const { type, mode, uid, gid, size, mtimeNs } = stat ?? {}
  const xattrs = [...ops.getXattrs(root, name)].map(([key, value]) => [key, Buffer.from(value).toString('latin1')])
  return { type, mode, uid, gid, size, mtimeNs, content: content.toString('latin1'), xattrs: xattrs.sort() }
}

/** Bytes of storage. */
export function allocated(path: string): number {
  return statSync(path).blocks * 512
}
