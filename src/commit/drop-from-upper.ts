import type { Change } from '../changeset/change.js'
import { removeTree } from '../os/remove-tree.js'
import { isErrno } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { ancestorsOf } from '../paths/rel-path.js'
import type { DropPlan } from './plan-drop.js'
import type { SessionView } from './session-view.js'
import { attributesOf, setAttributes } from './set-attributes.js'

/**
 * Carries a plan out on an upper that is not mounted. Directories that held nothing but what was dropped go too, so that
 * merged shows the project's own again.
 */
export function dropFromUpper(view: SessionView, plan: DropPlan, kept: readonly Change[]): void {
  const { ops, upper } = view
  const keptPaths = new Set(kept.map(({ path }) => path))
  for (const path of plan.removals) {
    const above = ancestorsOf(path).slice(1)
    const times = above.map((dir) => ({ dir, stat: upper.stat(dir) }))
    upper.at(path, (dir, name) => removeTree(ops, dir, name))
    upper.forget()
    for (const { dir, stat } of times.reverse()) {
      if (!keptPaths.has(dir) && removeIfEmpty(view, dir)) continue
      if (stat !== undefined) upper.at(dir, (parent, name) => ops.setTimes(parent, name, stat.atimeNs, stat.mtimeNs))
    }
  }
  for (const path of [...plan.resets].reverse()) if (!removeIfEmpty(view, path)) resetAttributes(view, path)
}

/** A directory that the project has too, and in which the session keeps nothing. */
function removeIfEmpty({ ops, upper, base }: SessionView, path: RelPath): boolean {
  if (base.stat(path)?.type !== 'dir') return false
  upper.forget()
  try {
    upper.at(path, (dir, name) => ops.rmdir(dir, name))
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return true
    if (isErrno(error, 'ENOTEMPTY')) return false
    throw error
  }
}

function resetAttributes({ ops, upper, base }: SessionView, path: RelPath): void {
  const stat = base.stat(path)
  const now = upper.stat(path)
  if (stat === undefined || now === undefined) return
  const wanted = base.at(path, (dir, name) => attributesOf(ops, dir, name, stat))
  upper.at(path, (dir, name) => setAttributes(ops, dir, name, wanted, now))
}
