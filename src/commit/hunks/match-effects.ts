import type { Change } from '../../changeset/change.js'
import type { LineEdit } from '../../changeset/patch/apply-hunks.js'
import { patchRejected } from '../../changeset/patch/patch-error.js'
import { fileMode } from '../../changeset/patch/tree-side.js'
import type { RelPath } from '../../paths/byte-string.js'
import { ancestorsOf } from '../../paths/rel-path.js'
import type { Part, Taken } from './part.js'
import type { Effect } from './patch-effects.js'
import { blobId, type SideContent } from './read-side.js'

/** What the effects of a patch are matched with. */
export interface MatchInput {
  readonly changes: readonly Change[]
  readonly isDivisible: (change: Change) => boolean
  readonly readProject: (path: RelPath) => SideContent | undefined
  readonly readSession: (change: Change) => SideContent | undefined
  /** Files and symlinks that git sees below a directory of the project. */
  readonly filesBelow: (path: RelPath) => readonly RelPath[]
}

export interface Match {
  readonly taken: ReadonlyMap<Change, Taken>
  /** Those of which only some lines are taken: whether these are the session's is for a diff of both sides to say. */
  readonly unproven: ReadonlyMap<Change, readonly LineEdit[]>
}

type Content = Extract<Effect, { is: 'content' }>

/**
 * Finds for each effect of a patch the change that it is, or is a part of.
 * @throws OverlayError `PATCH_REJECTED` for what no change does
 */
export function matchEffects(input: MatchInput, effects: ReadonlyMap<RelPath, Effect>): Match {
  const byPath = new Map(input.changes.map((change) => [change.path, change]))
  const taken = new Map<Change, Taken>()
  const unproven = new Map<Change, readonly LineEdit[]>()
  for (const [path, effect] of effects) {
    const change = byPath.get(path) ?? replacedAbove(byPath, path)
    if (change === undefined) throw patchRejected(path, undefined, 'the session did not change it')
    if (change.path !== path || effect.is === 'absent') matchAbsence(change, path, effect)
    else if (input.isDivisible(change)) {
      const part = partOf(input, change, effect)
      if (part !== undefined) taken.set(change, part)
      if (part !== undefined && typeof part.content !== 'string') unproven.set(change, effect.edits)
      continue
    } else if (!matchWhole(input, change, effect)) continue
    taken.set(change, 'whole')
  }
  for (const change of taken.keys()) checkRemoval(input, change, effects)
  return { taken, unproven }
}

/** The directory above that is removed or replaced as one. */
function replacedAbove(byPath: ReadonlyMap<RelPath, Change>, path: RelPath): Change | undefined {
  return ancestorsOf(path)
    .map((dir) => byPath.get(dir))
    .find((change) => change?.base?.type === 'dir' && change.wanted?.type !== 'dir')
}

function matchAbsence(change: Change, path: RelPath, effect: Effect): void {
  const staysFile = change.path === path && change.wanted !== undefined && change.wanted.type !== 'dir'
  if (effect.is === 'content' || staysFile) throw patchRejected(path, undefined, 'the session has it otherwise')
}

/** `undefined`: nothing of it is taken. */
function partOf(input: MatchInput, change: Change, effect: Content): Part | undefined {
  const { path, wanted, base } = change
  const mode = effect.mode
  if (mode !== undefined && mode !== fileMode(wanted?.mode ?? 0)) throw otherMode(path)
  const takesMode = mode !== undefined && mode !== fileMode(base?.mode ?? 0)
  const content = contentOf(input, change, effect)
  if (content === 'base' && !takesMode) return undefined
  return { content, aspects: new Set(takesMode ? (['mode'] as const) : []) }
}

function contentOf(input: MatchInput, change: Change, effect: Content): Part['content'] {
  const { content } = effect
  const session = input.readSession(change)
  if (session !== undefined && isContent(content, session)) return 'session'
  if (typeof content !== 'string') throw patchRejected(change.path, undefined, 'the session has another content')
  return content === input.readProject(change.path)?.content ? 'base' : { composed: content }
}

/** `false`: the patch leaves it as it is. */
function matchWhole(input: MatchInput, change: Change, effect: Content): boolean {
  const { path, base } = change
  const session = input.readSession(change)
  if (session === undefined) throw patchRejected(path, undefined, 'the session has no file there')
  const project = base === undefined || base.type === 'dir' ? undefined : input.readProject(path)
  const mode = effect.mode ?? project?.mode
  if (isContent(effect.content, session) && mode === session.mode) return true
  if (project !== undefined && isContent(effect.content, project) && mode === project.mode) return false
  if (isContent(effect.content, session)) throw otherMode(path)
  throw patchRejected(
    path,
    undefined,
    'the session has another content, and this change is taken as a whole or not at all',
  )
}

function isContent(content: Content['content'], side: SideContent): boolean {
  return typeof content === 'string' ? content === side.content : content.id === blobId(side.content)
}

function otherMode(path: RelPath): Error {
  return patchRejected(path, undefined, 'the session gave it another mode')
}

/** A directory goes as one: a patch must remove all that git sees in it. */
function checkRemoval(input: MatchInput, change: Change, effects: ReadonlyMap<RelPath, Effect>): void {
  if (change.base?.type !== 'dir' || change.wanted?.type === 'dir') return
  const left = input.filesBelow(change.path).find((path) => !effects.has(path))
  if (left !== undefined)
    throw patchRejected(left, undefined, 'the session removed its directory as a whole, and the patch leaves it')
}
