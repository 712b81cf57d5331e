import { uptime } from '../../../os/uptime.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { type EntryOut, entryOut, type NodeId, type Result } from '../core/answers.js'
import { EINVAL, ENOENT } from '../core/errno.js'
import type { OverlayFs } from '../core/overlay-fs.js'
import { bytesOf } from './text.js'

const root: NodeId = 1

/**
 * Milliseconds that the way to a directory is taken for granted. What the kernel keeps by itself comes on top (`mount.ts`), and both
 * together are below a second.
 */
const validMs = 300
const mostKnown = 4096

/** From paths, which libfuse calls with, to the core's inodes. */
export interface Tree {
  /** What has the path, during `call`, and its attributes in {@link Tree.entry}. A path that was hidden is one too. Answers what `call` answers, or an errno. */
  use(path: string, call: (node: NodeId) => Result): Result
  readonly entry: EntryOut
  /** As {@link Tree.use}, of the directory that a path is or will be in, and its name there. */
  at(path: string, call: (parent: NodeId, name: ByteString) => Result): Result
  /** Directories may be elsewhere now. */
  forgetAll(): void
  /** An open file that has lost its name goes on under one that is no name in merged. */
  hide(path: string, node: NodeId): void
  /** The hidden file is done with; `false`: there is none. */
  drop(path: string): boolean
}

export function makeTree(core: OverlayFs): Tree {
  const known = new Map<ByteString, { readonly node: NodeId; readonly until: number }>()
  const hidden = new Map<string, NodeId>()
  const entry = entryOut()
  let depth = 0

  function forgetAll(): void {
    for (const { node } of known.values()) core.forget(node, 1)
    known.clear()
  }

  function directory(path: ByteString): NodeId | number {
    if (path === '') return root
    const found = known.get(path)
    if (found !== undefined && uptime() < found.until) return found.node
    const at = path.lastIndexOf('/')
    const parent = directory(path.slice(0, at) as ByteString)
    if (parent < 0) return parent
    const failed = look(parent, path.slice(at + 1) as ByteString)
    if (failed < 0) return failed
    // The lookup that was just counted is kept with the path.
    known.set(path, { node: entry.nodeid, until: uptime() + validMs })
    if (found !== undefined) core.forget(found.node, 1)
    return entry.nodeid
  }

  function look(parent: NodeId, name: ByteString): number {
    const failed = core.lookup(parent, name, entry)
    if (failed < 0) return failed
    return entry.nodeid === 0 ? ENOENT : 0
  }

  function at(path: string, call: (parent: NodeId, name: ByteString) => Result): Result {
    const bytes = bytesOf(path)
    if (typeof bytes === 'number') return bytes
    const slash = bytes.lastIndexOf('/')
    const name = bytes.slice(slash + 1) as ByteString
    if (name === '') return EINVAL
    // Not while the directory of another path is in use.
    if (depth === 0 && known.size >= mostKnown) forgetAll()
    depth += 1
    try {
      const parent = directory(bytes.slice(0, slash) as ByteString)
      return parent < 0 ? parent : call(parent, name)
    } finally {
      depth -= 1
    }
  }

  /** Without a lookup that would have to be taken back. */
  function useKnown(node: NodeId, call: (node: NodeId) => Result): Result {
    const failed = core.getattr(node, -1, entry)
    return failed < 0 ? failed : call(node)
  }

  return {
    entry,
    at,
    use(path, call) {
      const known = path === '/' ? root : hidden.get(path)
      if (known !== undefined) return useKnown(known, call)
      return at(path, (parent, name) => {
        const failed = look(parent, name)
        if (failed < 0) return failed
        const node = entry.nodeid
        try {
          return call(node)
        } finally {
          core.forget(node, 1)
        }
      })
    },
    forgetAll,
    hide: (path, node) => void hidden.set(path, node),
    drop: (path) => hidden.delete(path),
  }
}
