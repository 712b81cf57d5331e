import type { Change, WantedEntry } from '../changeset/change.js'
import { type Fingerprint, isSameInstant } from '../fingerprint/fingerprint.js'
import type { EntryStat } from '../os/entry-stat.js'
import { lookAtEach } from '../os/look-at-each.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf } from '../paths/rel-path.js'
import { parentsOf } from './apply/parents-of.js'
import { beforeMoves } from './directory-moves.js'
import { takenDir } from './journal/journal-directory.js'
import type {
  Identity,
  JournalPlan,
  JournalStep,
  RedirectMove,
  SettledChange,
  SlotTimes,
  TouchedDirectory,
} from './journal/journal-plan.js'
import type { PlannedStep } from './plan.js'
import type { SessionView } from './session-view.js'
import { atEntry } from './set-attributes.js'
import { topBits } from './stage.js'
import type { StagedInodes } from './stage-contents.js'

type PlannedMove = Extract<PlannedStep, { does: 'move' }>

/** What a plan needs beside its steps, to be carried out by whoever finds it. */
export interface Sealing {
  readonly id: string
  readonly steps: readonly PlannedStep[]
  readonly staged: StagedInodes
  readonly applied: readonly Change[]
  /** Changes that are carried over in part: the session goes on showing the rest. */
  readonly partial: ReadonlySet<RelPath>
  /** Changes that go over a conflict. */
  readonly contested: ReadonlySet<RelPath>
  /** Changes that were merged with the project's version, with the session's. */
  readonly merged: ReadonlyMap<RelPath, Fingerprint>
  /** Where the difference is the person's own news. */
  readonly news: ReadonlyMap<RelPath, Change>
  /** Whether a directory whose entries move gets its old times back. */
  readonly keepsTimes: (dir: RelPath) => boolean
  readonly redirects: readonly RedirectMove[]
  readonly closes: boolean
}

/** Seals the steps of a plan one after the other, as what they need is built. */
export interface StepSealer {
  /** The steps that can be sealed by now, and were not yet. */
  next(): JournalStep[]
  /** Those that are left, now that everything is built. */
  rest(): JournalStep[]
  /** All that were sealed. */
  readonly sealed: readonly JournalStep[]
}

/** `inodes` gets those of what is built meanwhile. */
export function createSealer(view: SessionView, steps: readonly PlannedStep[], inodes: StagedInodes): StepSealer {
  const moves = steps.filter((step) => step.does === 'move')
  const sealed: JournalStep[] = []
  const sealUpTo = (isReady: (step: PlannedStep) => boolean): JournalStep[] => {
    const before = sealed.length
    for (let step = steps[before]; step !== undefined && isReady(step); step = steps[sealed.length]) {
      sealed.push(sealStep(view, step, inodes, moves))
    }
    return sealed.slice(before)
  }
  return {
    next: () => sealUpTo((step) => !isBuilt(step) || inodes.has(step.path)),
    rest: () => sealUpTo(() => true),
    sealed,
  }
}

function isBuilt({ does }: PlannedStep): boolean {
  return does === 'place' || does === 'exchange' || does === 'finish'
}

/** The journal's form of a plan whose entries are built: every inode, and everything that the way back needs, is in it. */
export function sealPlan(view: SessionView, steps: readonly JournalStep[], sealing: Sealing): JournalPlan {
  const { id, applied, news, redirects } = sealing
  const directories = touchedBy(view, steps, sealing)
  const settled = {
    *[Symbol.iterator](): Generator<SettledChange> {
      for (const change of applied) yield settledBy(change, sealing)
      for (const { path } of directories) {
        const dropped = news.get(path)
        if (dropped !== undefined) yield { path, upper: settledUpper(dropped), placed: undefined }
      }
    },
  }
  return {
    id,
    kind: 'commit',
    closes: sealing.closes,
    steps,
    directories,
    slotTimes: slotTimes(view, sealing),
    settled,
    redirects,
  }
}

/** Of the directories that files are taken from. */
function slotTimes({ ops, upper }: SessionView, { steps }: Sealing): SlotTimes[] {
  const parents = new Set(steps.flatMap((step) => ('taken' in step && step.taken ? [parentOf(step.path)] : [])))
  const times: SlotTimes[] = []
  lookAtEach(ops, upper.root, [...parents], itself, (path, now) => {
    const slot = (path === '' ? takenDir : `${takenDir}/${path}`) as RelPath
    if (now !== undefined) times.push({ slot, atimeNs: now.stat.atimeNs, mtimeNs: now.stat.mtimeNs })
  })
  return times
}

function itself(path: RelPath): RelPath {
  return path
}

function settledBy(change: Change, { staged, partial, merged, contested }: Sealing): SettledChange {
  const { path, wanted } = change
  const session = merged.get(path)
  if (session !== undefined) return { path, upper: settledUpper(change, session), placed: undefined }
  return {
    path,
    upper: partial.has(path) ? undefined : settledUpper(change),
    placed: wanted === undefined ? 'absent' : identityOfStaged(wanted, staged.get(path) ?? 0n),
    ...(contested.has(path) ? { contested: true as const } : {}),
  }
}

export function settledUpper({ wanted, upper }: Change, merged?: Fingerprint): SettledChange['upper'] {
  if (wanted === undefined) return 'whiteout'
  // As it is: there may be some hundred thousand.
  return merged === undefined ? upper : { ...upper, merged }
}

function sealStep(
  view: SessionView,
  step: PlannedStep,
  inodes: StagedInodes,
  moves: readonly PlannedMove[],
): JournalStep {
  if (step.does === 'remove' || step.does === 'move') return step
  const { path, wanted } = step
  if (step.does === 'attributes') {
    const { before } = step
    const xattrs = step.aspects.has('xattrs')
    return { does: 'attributes', path, expected: before, before: withXattrs(view, step, moves), after: wanted, xattrs }
  }
  const isDir = wanted.type === 'dir'
  const identity = identityOfStaged(wanted, inodes.get(path) ?? 0n)
  if (step.does === 'finish') {
    return { does: 'attributes', path, expected: identity, before: wanted, after: wanted, xattrs: false }
  }
  const staged = isDir ? { ...identity, mode: wanted.mode | topBits } : identity
  const common = { path, slot: step.slot, staged, finish: isDir ? wanted : undefined, strip: step.taken?.strip ?? [] }
  if (step.does === 'place') return { does: 'place', ...common }
  return { does: 'exchange', ...common, expected: step.expected }
}

function withXattrs(
  { ops, base }: SessionView,
  { path, before, wanted, aspects }: Extract<PlannedStep, { does: 'attributes' }>,
  moves: readonly PlannedMove[],
): Extract<JournalStep, { does: 'attributes' }>['before'] {
  let { xattrs } = wanted
  const at = beforeMoves(path, moves)
  if (aspects.has('xattrs') && base.stat(at)?.ino === before.ino) {
    atEntry(base, at, (dir, name) => {
      xattrs = ops.getXattrs(dir, name)
    })
  }
  const { type, mode, uid, gid, atimeNs, mtimeNs } = before
  return { type, mode, uid, gid, atimeNs, mtimeNs, xattrs }
}

function identityOfStaged({ type, mode, uid, gid, size, mtimeNs }: WantedEntry, ino: bigint): Identity {
  return { type, mode, uid, gid, size, ino, mtimeNs }
}

function touchedBy(view: SessionView, steps: readonly JournalStep[], sealing: Sealing): TouchedDirectory[] {
  const touched: TouchedDirectory[] = []
  const moves = steps.filter((step) => step.does === 'move')
  const paths = new Set([...parentsOf(steps)].map((parent) => beforeMoves(parent, moves)))
  lookAtEach(view.ops, view.base.root, [...paths], itself, (path, now) => {
    if (now?.stat.type !== 'dir') return
    const { ino, mode, atimeNs, mtimeNs } = now.stat
    const known = path !== '' && isKnown(view, path, now.stat) && !sealing.news.has(path)
    const endTimes = sealing.keepsTimes(path) ? { atimeNs, mtimeNs } : undefined
    touched.push({ path, ino, mode, atimeNs, mtimeNs, endTimes, known })
  })
  return touched
}

/**
 * The directory is what the session began with. What a person made of one before is not what the session builds upon: the
 * ledger keeps what it was.
 */
export function isKnown({ ledger, evidence }: SessionView, path: RelPath, before: EntryStat): boolean {
  const known = ledger.ledger.base(path)
  if (known !== undefined && known !== 'absent') return isSameInstant(known, before)
  return known === undefined && evidence.epochNs !== undefined && before.ctimeNs < evidence.epochNs
}
