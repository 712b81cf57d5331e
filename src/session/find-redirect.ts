import type { Fd, FileOps } from '../os/file-ops.js'
import { type MarkFamily, markName } from '../overlay-format/mark-names.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { joinRel, rootPath } from '../paths/rel-path.js'
import { withDir } from './open-dirs.js'

/** The first entry of an upper that bears a redirect mark; `undefined` when none does. */
export function findRedirect(ops: FileOps, upper: AbsPath, family: MarkFamily): RelPath | undefined {
  return withDir(ops, upper, (root) => search(ops, root, family))
}

function search(ops: FileOps, root: Fd, family: MarkFamily): RelPath | undefined {
  const mark = markName(family, 'redirect')
  const pending: RelPath[] = [rootPath]
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const dir = ops.openDir(root, path)
    try {
      for (const { name, stat, xattrs } of ops.scanDir(dir, { xattrs: true })) {
        if (xattrs.has(mark)) return joinRel(path, name)
        if (stat.type === 'dir') pending.push(joinRel(path, name))
      }
    } finally {
      ops.close(dir)
    }
  }
  return undefined
}
