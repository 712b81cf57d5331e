import type { Aspect, Change } from '../../changeset/change.js'
import { baseTree } from '../../changeset/patch/base-tree.js'
import type { FilePatch } from '../../changeset/patch/file-patch.js'
import { defaultSizeLimit } from '../../changeset/patch/write-patch.js'
import { OverlayError } from '../../errors/overlay-error.js'
import type { Ports } from '../../os/ports.js'
import type { RelPath } from '../../paths/byte-string.js'
import { isWithin } from '../../paths/rel-path.js'
import { noSuchChange } from '../choose-changes.js'
import type { FullReview } from '../review-session.js'
import type { SessionView } from '../session-view.js'
import type { CommitOptions, HunkChoice } from '../types.js'
import { isDivisible } from './divisible.js'
import { matchEffects } from './match-effects.js'
import { checkOwnEdits } from './own-edits.js'
import { attributeAspects, type Part, type Taken } from './part.js'
import { patchEffects } from './patch-effects.js'
import { readProject, readSession, type SideContent } from './read-side.js'

/** What a choice takes of each change. */
export interface TakenChanges {
  readonly taken: ReadonlyMap<Change, Taken>
  /** Those that the patch of the choice names: nothing that it could name as well may come along. */
  readonly named: ReadonlySet<Change>
}

/**
 * Finds the changes that a choice of hunks is about, and checks that it takes nothing that the session did not do.
 * @throws OverlayError `PATCH_REJECTED`, `NO_SUCH_CHANGE`, as `writePatch`; MovedWhileStaged
 */
export async function takeChoice(
  ports: Ports,
  view: SessionView,
  review: FullReview,
  choice: HunkChoice,
  options: CommitOptions,
): Promise<TakenChanges> {
  const { changes, redirects } = review.changeSet
  const byPath = new Map(changes.map((change) => [change.path, change]))
  const divisible = (change: Change): boolean => isDivisible(change, redirects)
  const sides = readSides(view, byPath)
  const effects = patchEffects(narrowed(choice.files, options.paths ?? []), sides.project)
  const match = matchEffects(
    {
      changes,
      isDivisible: divisible,
      readProject: sides.project,
      readSession: sides.session,
      filesBelow: (path) => filesBelow(view, path),
    },
    effects,
  )
  await checkOwnEdits(ports, view.session, gitOf(options), match.unproven, sides.both, options.signal)
  const taken = new Map(match.taken)
  for (const path of choice.whole) taken.set(changeAt(byPath, path), 'whole')
  for (const path of choice.attributes) addAttributes(taken, changeAt(byPath, path), divisible)
  for (const [change, part] of taken) taken.set(change, completed(change, part, view.session.record.family))
  return { taken, named: new Set(match.taken.keys()) }
}

function narrowed(files: readonly FilePatch[], paths: readonly RelPath[]): readonly FilePatch[] {
  if (paths.length === 0) return files
  return files.filter(({ oldPath, newPath }) =>
    [oldPath, newPath].some((path) => path !== undefined && paths.some((top) => isWithin(path, top))),
  )
}

/** Reads each side of a path once. */
function readSides(
  view: SessionView,
  byPath: ReadonlyMap<RelPath, Change>,
): {
  project: (path: RelPath) => SideContent | undefined
  session: (change: Change) => SideContent | undefined
  both: (change: Change) => { project: SideContent; session: SideContent }
} {
  const project = remembered((path: RelPath) => readProject(view, path, byPath.get(path)?.base))
  const session = remembered((change: Change) => readSession(view, change))
  const both = (change: Change): { project: SideContent; session: SideContent } => ({
    project: project(change.path) as SideContent,
    session: session(change) as SideContent,
  })
  return { project, session, both }
}

function remembered<K, V>(read: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, read(key))
    return known.get(key) as V
  }
}

function filesBelow({ ops, base }: SessionView, path: RelPath): RelPath[] {
  return baseTree(ops, base.root, path, defaultSizeLimit).entries.map((entry) => entry.path)
}

function gitOf({ git }: CommitOptions): NonNullable<CommitOptions['git']> {
  if (git !== undefined) return git
  throw new OverlayError('INTERNAL', 'Expected a place of git with a choice of hunks, got none')
}

function changeAt(byPath: ReadonlyMap<RelPath, Change>, path: RelPath): Change {
  const change = byPath.get(path)
  if (change === undefined) throw noSuchChange(path)
  return change
}

function addAttributes(taken: Map<Change, Taken>, change: Change, divisible: (change: Change) => boolean): void {
  const known = taken.get(change)
  if (known === 'whole') return
  if (!divisible(change)) taken.set(change, 'whole')
  else taken.set(change, { content: known?.content ?? 'base', aspects: new Set(attributeAspects) })
}

/** A part that is all of the change is no part. A plain user's new file cannot belong to anybody else. */
function completed(change: Change, part: Taken, family: 'trusted' | 'user'): Taken {
  if (part === 'whole') return 'whole'
  const owned = part.content !== 'base' && family === 'user'
  const aspects: ReadonlySet<Aspect> = owned ? new Set<Aspect>([...part.aspects, 'owner']) : part.aspects
  const hasContent = part.content === 'session' || (part.content === 'base' && !change.aspects.has('content'))
  const isAll = hasContent && attributeAspects.every((aspect) => aspects.has(aspect) || !change.aspects.has(aspect))
  return isAll ? 'whole' : ({ content: part.content, aspects } satisfies Part)
}
