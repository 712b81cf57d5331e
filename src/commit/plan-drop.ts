import type { Change } from '../changeset/change.js'
import { OverlayError } from '../errors/overlay-error.js'
import { decodeMarks } from '../overlay-format/marks.js'
import type { RelPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import { ancestorsOf, isWithin } from '../paths/rel-path.js'
import type { SessionView } from './session-view.js'

/** How the upper is made to forget changes. */
export interface DropPlan {
  /** Entries of the upper that go, with all below them; none lies in another. */
  readonly removals: readonly RelPath[]
  /** Directories of both sides that get the project's attributes back. */
  readonly resets: readonly RelPath[]
}

/**
 * Plans to drop some changes (in tree order) of a session and keep the others.
 * @throws OverlayError `CHANGES_ENTANGLED` when a change cannot go alone: the session replaced the directory above it as a
 * whole, or a hidden path would come to light
 */
export function planDrop(view: SessionView, dropped: readonly Change[], kept: readonly Change[]): DropPlan {
  const removals: RelPath[] = []
  const resets: RelPath[] = []
  for (const change of dropped) {
    const last = removals.at(-1)
    if (last !== undefined && isWithin(change.path, last)) continue
    const top = replacedAbove(view, change.path) ?? removedAt(view, change)
    if (top === undefined) {
      resets.push(change.path)
      continue
    }
    checkAlone(view, change.path, top, kept)
    removals.push(top)
  }
  return { removals, resets }
}

/** The uppermost directory that hides the project's own at or above `path`: what it holds cannot be told apart any more. */
function replacedAbove(view: SessionView, path: RelPath): RelPath | undefined {
  return [...ancestorsOf(path).slice(1), path].find((dir) => hidesProject(view, dir))
}

function hidesProject({ ops, upper, base, session }: SessionView, path: RelPath): boolean {
  if (upper.stat(path)?.type !== 'dir') return false
  const xattrs = upper.at(path, (dir, name) => ops.getXattrs(dir, name))
  const { opaque, redirect } = decodeMarks(xattrs, session.record.family)
  return redirect !== undefined || (opaque === 'y' && base.stat(path)?.type === 'dir')
}

/** `undefined` for a directory of both sides: others may live in it. */
function removedAt({ base }: SessionView, { path, wanted }: Change): RelPath | undefined {
  return wanted?.type === 'dir' && base.stat(path)?.type === 'dir' ? undefined : path
}

function checkAlone({ session }: SessionView, path: RelPath, top: RelPath, kept: readonly Change[]): void {
  const stays = kept.find((change) => isWithin(change.path, top))
  if (stays !== undefined) {
    throw entangled(
      path,
      `the session replaced ${quoteName(top)} as a whole, and ${quoteName(stays.path)} is to stay`,
      top,
    )
  }
  if (session.record.masks.some((mask) => isWithin(mask, top))) {
    throw entangled(path, `a path that is hidden from the session lies in ${quoteName(top)}`, top)
  }
}

function entangled(path: RelPath, reason: string, top: RelPath): OverlayError {
  return new OverlayError(
    'CHANGES_ENTANGLED',
    `Expected changes that can be dropped alone, got ${quoteName(path)}: ${reason}`,
    {
      path: quoteName(path),
      hint: `Drop all of ${quoteName(top)}, or change the files back in the session.`,
    },
  )
}
