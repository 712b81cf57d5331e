import type { Change } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import { createMountCheck } from './project-mounts.js'
import { scanSubtree } from './subtree-digest.js'

/** Entries of the project that the session took from their place, but for directories: removed, replaced, or with other content there. */
export function* takenEntries(
  evidence: Evidence,
  changes: readonly Change[],
): Generator<readonly [RelPath, EntryStat]> {
  const { ops, base: project } = evidence
  const isMount = createMountCheck(evidence)
  for (const { kind, path, base, wanted } of changes) {
    if (base === undefined || kind === 'metadata' || isMount(base)) continue
    if (base.type !== 'dir') yield [path, base]
    else if (wanted?.type !== 'dir') {
      for (const [dir, entries] of scanSubtree(ops, project, path, ({ stat }) => !isMount(stat))) {
        for (const { name, stat } of entries) if (stat.type !== 'dir') yield [joinRel(dir, name), stat]
      }
    }
  }
}
