import type { Change } from '../../changeset/change.js'
import { isListed } from '../../changeset/patch/status-letter.js'
import { writePatch } from '../../changeset/patch/write-patch.js'
import type { Ports } from '../../os/ports.js'
import type { RelPath } from '../../paths/byte-string.js'
import { isWithin } from '../../paths/rel-path.js'
import type { Session } from '../../session/session.js'
import { selectByPath } from '../choose-changes.js'
import { type Dependencies, findDependencies } from '../dependencies.js'
import type { CommitOptions, GitPlace, Review } from '../types.js'
import { type HunkMenu, makeMenu } from './hunk-menu.js'
import { hunkPolicy } from './hunk-policy.js'

export interface ListHunksOptions extends Pick<CommitOptions, 'paths' | 'allow' | 'onConflict' | 'signal'> {
  readonly git: GitPlace
}

/**
 * What of a session's changes, as they were reviewed, a person can be asked about hunk by hunk. Give the choice to `commitSession` together
 * with the same review, so that nothing else is committed.
 * @throws OverlayError `NO_SUCH_CHANGE`, `USAGE` for a policy other than `abort` and `skip`, and as `writePatch`
 */
export async function listHunks(
  ports: Ports,
  session: Session,
  review: Review,
  options: ListHunksOptions,
): Promise<HunkMenu> {
  hunkPolicy(options.onConflict)
  const { changes, redirects } = review.changeSet
  const dependencies = findDependencies(changes, redirects, review.moves)
  const stopped = dependencies.closeDropped(stoppedChanges(review, options))
  const selected = selectByPath(changes, options.paths ?? []).filter(isListed)
  const asked = leaders(
    selected.filter((change) => !stopped.has(change)),
    dependencies,
  )
  const shown = dependencies.close(asked)
  const patch = await patchOf(
    ports,
    session,
    changes.filter((change) => shown.has(change)),
    options,
  )
  const isAsked = new Set(asked)
  return makeMenu({
    changes: asked,
    left: selected.filter((change) => stopped.has(change)),
    redirects,
    needs: (change) => [...dependencies.close([change])].filter((other) => other !== change && isAsked.has(other)),
    patch,
  })
}

function stoppedChanges({ changeSet, conflicts, refusals }: Review, { allow = [] }: ListHunksOptions): Change[] {
  const stopped = new Set<RelPath>(conflicts.map(({ path }) => path))
  for (const { path, kind } of refusals) if (!allow.includes(kind)) stopped.add(path)
  return changeSet.changes.filter(({ path }) => stopped.has(path))
}

/** One of those that go together or not at all, and no new directory that comes along with what is in it. */
function leaders(changes: readonly Change[], dependencies: Dependencies): Change[] {
  const together = new Set<Change>()
  return changes.filter((change, index) => {
    const next = changes[index + 1]
    if (
      change.kind === 'create' &&
      change.wanted?.type === 'dir' &&
      next !== undefined &&
      isWithin(next.path, change.path)
    )
      return false
    if (together.has(change)) return false
    const needing = dependencies.closeDropped([change])
    for (const other of dependencies.close([change])) if (needing.has(other)) together.add(other)
    return true
  })
}

async function patchOf(
  ports: Ports,
  { project, upper }: Session,
  changes: readonly Change[],
  { git, signal }: ListHunksOptions,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  await writePatch(ports, { base: project, upper }, changes, {
    format: 'patch',
    renames: false,
    output: (piece) => void pieces.push(Buffer.from(piece)),
    ...git,
    ...(signal === undefined ? {} : { signal }),
  })
  return Buffer.concat(pieces)
}
