import { above, type Entry, parentOf, type SessionEntry, type Tree } from './model.js'
import type { Family, SessionTree } from './session-model.js'

/** What the documents say of one change: docs/on-disk-format.md ("From entries to changes") and docs/hash-check.md. */
export interface Expected {
  readonly path: string
  /** It is about all that lies below, not only about the attributes of a directory that both have. */
  readonly whole: boolean
  /** The session has an entry there. */
  readonly wanted: boolean
  readonly verdict: 'apply' | 'drop' | 'changed' | 'appeared' | 'vanished' | 'unknown-entry'
}

/** A change as the rules see it. */
interface Wish {
  readonly path: string
  /** `undefined`: gone. */
  readonly wants: SessionEntry | undefined
  readonly base: Entry | undefined
  readonly aspects: ReadonlySet<'type' | 'content' | 'mode' | 'attrs' | 'links' | 'times'>
  /** Its content lies in the project, under another path. */
  readonly moved: boolean
  /** A project's entry that came along with its directory. */
  readonly implied: boolean
  readonly content: string
}

interface Case {
  /** The project when the session began, the session's work over it, and the project now. */
  readonly before: Tree
  readonly session: SessionTree
  readonly now: Tree
  readonly family: Family
  /** `status` ran between the session's work and the person's. */
  readonly looked: boolean
}

export function expectedOf(all: Case): Expected[] {
  const known = all.looked ? learnt(all) : new Map<string, Entry | 'absent'>()
  const wishes = wishesOf(all, all.now)
  return wishes.map((wish) => ({
    path: wish.path,
    whole: wish.wants?.kind !== 'dir' || wish.base?.kind !== 'dir',
    wanted: wish.wants !== undefined,
    verdict: judge(all, known, wishes, wish),
  }))
}

function wishesOf({ session, family }: Case, project: Tree): Wish[] {
  const wishes: Wish[] = []
  const gone = new Set(session.whiteouts)
  for (const [path, entry] of session.entries) {
    if (entry.opaque) {
      for (const [child] of project.below(path)) if (session.get(child) === undefined) gone.add(child)
    }
    const wish = shownWish(session, project, family, path, entry)
    if (wish !== undefined) wishes.push(wish)
  }
  for (const path of gone) {
    const base = project.get(path)
    // One deletion for a whole directory.
    if (base === undefined || above(path).some((dir) => gone.has(dir) || isReplaced(session, project, dir))) continue
    wishes.push({ path, wants: undefined, base, aspects: new Set(), moved: false, implied: false, content: '' })
  }
  return wishes
}

function isReplaced(session: SessionTree, project: Tree, dir: string): boolean {
  const [shown, base] = [session.get(dir), project.get(dir)]
  return base?.kind === 'dir' && shown !== undefined && shown.kind !== 'dir'
}

function shownWish(
  session: SessionTree,
  project: Tree,
  family: Family,
  path: string,
  entry: SessionEntry,
): Wish | undefined {
  const base = project.get(path)
  const implied = entry.upper === 'no' && entry.lower !== path
  if (entry.upper === 'no' && !implied) return undefined
  const meta = entry.kind === 'file' && !entry.data
  const source = entry.lower === undefined ? undefined : project.get(entry.lower)
  // A copy of attributes alone whose content is gone cannot be read.
  if ((meta || implied) && source?.kind !== entry.kind) return undefined
  const content = meta ? (source?.content ?? '') : entry.content
  const movedDir = entry.kind === 'dir' && entry.upper === 'copied' && entry.lower !== path && source?.kind === 'dir'
  const moved = entry.lower !== path && (meta || movedDir) && family === 'trusted'
  const aspects = base === undefined ? new Set<never>() : aspectsOf(session, project, path, { ...entry, content }, base)
  if (base !== undefined && aspects.size === 0) return undefined
  return { path, wants: entry, base, aspects, moved, implied, content }
}

function aspectsOf(
  session: SessionTree,
  project: Tree,
  path: string,
  entry: Entry,
  base: Entry,
): Set<'type' | 'content' | 'mode' | 'attrs' | 'links' | 'times'> {
  if (entry.kind !== base.kind) return new Set(['type'])
  const aspects = new Set<'content' | 'mode' | 'attrs' | 'links' | 'times'>()
  if (entry.content !== base.content) aspects.add('content')
  if (entry.mode !== base.mode) aspects.add('mode')
  if (entry.attrs !== base.attrs) aspects.add('attrs')
  if (entry.mtime !== base.mtime) aspects.add('times')
  const links = (tree: Tree | SessionTree, of: Entry | undefined): string =>
    [...tree.entries]
      .filter(([, each]) => each === of)
      .map(([each]) => each)
      .join()
  if (entry.kind !== 'dir' && links(session, session.get(path)) !== links(project, project.get(path)))
    aspects.add('links')
  return aspects
}

/** Rule 3's ledger after a look at a time when the project was still as the session found it. */
function learnt(all: Case): Map<string, Entry | 'absent'> {
  const { before, session } = all
  const known = new Map<string, Entry | 'absent'>()
  const learn = (path: string): void => {
    const entry = before.get(path)
    if (entry !== undefined) known.set(path, entry)
  }
  for (const { path, wants, base, moved, implied } of wishesOf(all, before)) {
    for (const dir of above(path)) learn(dir)
    if (base === undefined) {
      if (hasSign(all, wants) && !moved && !implied) known.set(path, 'absent')
      continue
    }
    learn(path)
    if (base.kind === 'dir' && wants?.kind !== 'dir') for (const [each] of before.below(path)) learn(each)
  }
  // Files that were opened and not changed.
  for (const [path, { upper, kind }] of session.entries) if (upper === 'copied' && kind === 'file') learn(path)
  return known
}

/** A plain user's copy of a symbolic link bears no mark, and no copy of a file that had other names. */
function hasSign({ family, before }: Case, wants: SessionEntry | undefined): boolean {
  if (wants?.upper !== 'copied' || (family === 'user' && wants.kind === 'symlink')) return false
  const origin = wants.lower === undefined ? undefined : before.get(wants.lower)
  return wants.kind === 'dir' || [...before.entries.values()].filter((entry) => entry === origin).length === 1
}

function judge(
  all: Case,
  known: ReadonlyMap<string, Entry | 'absent'>,
  wishes: readonly Wish[],
  wish: Wish,
): Expected['verdict'] {
  const { path, base, wants } = wish
  const fact = known.get(path)
  if (base === undefined) return judgeNew(all, fact, wishes, wish)
  const proven = isProven(all, fact, path, base, wish)
  if (proven && (base.kind !== 'dir' || wants?.kind === 'dir')) return 'apply'
  const untouched = isUntouched(all, fact, wish)
  const reason =
    fact !== undefined ? (fact === 'absent' ? 'appeared' : 'changed') : isBornSince(all, wish) ? 'appeared' : 'changed'
  if (base.kind === 'dir' && wants?.kind !== 'dir') {
    if (isNewBelowOpaque(all, fact, wish)) return 'drop'
    const strange = all.now.below(path).some(([each, entry]) => {
      const noted = known.get(each)
      return (
        !isProven(all, noted, each, entry, undefined) && !(entry.kind === 'dir' && isKnownDir(all, noted, each, entry))
      )
    })
    if (strange) return 'unknown-entry'
    return proven || isKnownDir(all, fact, path, base) ? 'apply' : reason
  }
  if (wants !== undefined && [...wish.aspects].every((aspect) => aspect === 'times')) return 'drop'
  if (isNewBelowOpaque(all, fact, wish)) return 'drop'
  return untouched && (wants?.kind !== 'dir' || base.kind === 'dir') ? 'drop' : base.kind === 'dir' ? 'changed' : reason
}

function isBornSince(all: Case, { wants, base }: Wish): boolean {
  return wants !== undefined && base?.birth === 1 && !hasSign(all, wants)
}

/** The paths that the project does not have. */
function judgeNew(
  all: Case,
  fact: Entry | 'absent' | undefined,
  wishes: readonly Wish[],
  wish: Wish,
): Expected['verdict'] {
  const { path, wants, moved, implied } = wish
  if (fact === 'absent') return 'apply'
  if (fact !== undefined) return wants?.kind !== 'dir' && isUntouched(all, fact, wish) ? 'drop' : 'vanished'
  if (!hasSign(all, wants) || moved || implied) return 'apply'
  const parent = all.now.get(parentOf(path))
  if (isOldPlace(all, path) && parent?.ctime === 0) return 'apply'
  if (wishes.some(({ wants: other, base }) => other === wants && base !== undefined)) return 'apply'
  const isNewDir = ({ wants: dir, base, moved: from }: Wish): boolean =>
    dir?.kind === 'dir' && base === undefined && (from || !hasSign(all, dir))
  if (above(path).some((dir) => wishes.some((other) => other.path === dir && isNewDir(other)))) return 'apply'
  return wants?.kind !== 'dir' && wasTaken(all, wishes, wish) ? 'apply' : 'vanished'
}

/** The entry is still somewhere that the session took it from: by its inode, or where none is noted by all that a move keeps. */
function wasTaken({ before, now, family }: Case, wishes: readonly Wish[], { wants, content }: Wish): boolean {
  const taken = wishes.flatMap(({ path, base, wants: other, aspects }) => {
    if (
      base === undefined ||
      (other !== undefined && !['type', 'content', 'links'].some((aspect) => aspects.has(aspect as 'type')))
    )
      return []
    return base.kind !== 'dir' ? [base] : other?.kind === 'dir' ? [] : now.below(path).map(([, entry]) => entry)
  })
  const origin = wants?.lower === undefined ? undefined : before.get(wants.lower)?.ino
  return taken.some((entry) =>
    family === 'trusted'
      ? entry.ino === origin
      : entry.kind === wants?.kind && entry.mtime === wants.mtime && entry.content === content,
  )
}

/** Rules 0, 1 and 3. Rule 2 is about what the person did before the session did anything. */
function isProven(
  all: Case,
  fact: Entry | 'absent' | undefined,
  path: string,
  entry: Entry,
  wish: Wish | undefined,
): boolean {
  if (entry.ctime === 0 && isOldPlace(all, path)) return true
  if (fact === undefined || fact === 'absent' || !isAlike(fact, entry)) return false
  const kept = wish?.wants?.kind === entry.kind && !wish.aspects.has('attrs')
  return kept || fact.attrs === entry.attrs
}

function isAlike(fact: Entry, entry: Entry): boolean {
  if (fact.kind !== entry.kind) return false
  return (entry.kind === 'symlink' || fact.mode === entry.mode) && fact.content === entry.content
}

/** The directories above are the ones that the session began with. */
function isOldPlace({ before, now }: Case, path: string): boolean {
  return above(path).every((dir) => before.get(dir)?.ino === now.get(dir)?.ino)
}

function isKnownDir(all: Case, fact: Entry | 'absent' | undefined, path: string, entry: Entry): boolean {
  if (fact !== undefined) return fact !== 'absent' && fact.kind === 'dir'
  return entry.birth === 0 && isOldPlace(all, `${path}/.`)
}

function isUntouched({ session }: Case, fact: Entry | 'absent' | undefined, wish: Wish): boolean {
  const { wants, base, aspects, content } = wish
  if (fact === undefined || fact === 'absent' || wants === undefined || aspects.has('links')) return false
  if (base === undefined && [...session.entries.values()].filter((entry) => entry === wants).length > 1) return false
  const sameAttrs = (base !== undefined && !aspects.has('attrs')) || fact.attrs === wants.attrs
  return isAlike(fact, { ...wants, content }) && sameAttrs
}

function isNewBelowOpaque({ now, session }: Case, fact: Entry | 'absent' | undefined, { path, wants }: Wish): boolean {
  return (
    wants === undefined && fact === undefined && now.get(parentOf(path))?.birth === 1 && !session.whiteouts.has(path)
  )
}
