import type { Change, WantedEntry } from '../changeset/change.js'
import type { EntryStat, EntryType } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { leadsOutside } from './outside-links.js'
import type { AllowKind, Refusal } from './types.js'

/** What the rules need to know of the project besides the change itself. */
export interface ProjectFacts {
  readonly project: AbsPath
  stat(path: RelPath): EntryStat | undefined
  xattrs(path: RelPath): Xattrs
  /** Of a symbolic link. */
  target(path: RelPath): ByteString
  /** Why a path is protected; `undefined`: it is not. */
  protection(path: RelPath, type: EntryType): string | undefined
}

const setUid = 0o4000
const setGid = 0o2000
const capability = 'security.capability' as ByteString

/**
 * Content that a commit does not write unless it is allowed by kind: each reason that holds for the change. Whatever arrives is looked at by its
 * own path, inside of a new or a renamed directory too. What the project had before in just this form, here or where it was moved from, is nothing new.
 */
export function findRefusals(change: Change, facts: ProjectFacts): Refusal[] {
  const { path, wanted } = change
  if (wanted === undefined) return []
  const former = isSuspicious(wanted) ? formerEntry(change, facts) : undefined
  const refusals: Refusal[] = []
  const refuse = (kind: AllowKind, reason: string | undefined): void => {
    if (reason !== undefined) refusals.push({ path, kind, reason })
  }
  refuse('devices', deviceReason(wanted, former))
  refuse('special', specialReason(wanted, former))
  refuse('setid', setIdReason(path, wanted, former, facts))
  refuse('capabilities', capabilityReason(wanted, former, facts))
  refuse('outside-links', outsideReason(path, wanted, former, facts))
  refuse('protected', facts.protection(path, wanted.type))
  return refusals
}

/** Nearly no entry is: only for these is the project asked what it had. */
function isSuspicious({ type, mode, xattrs }: WantedEntry): boolean {
  return (type !== 'file' && type !== 'dir') || (mode & (setUid | setGid)) !== 0 || xattrs.has(capability)
}

/** The project's entry of the same type that the wanted one is or was made from. */
interface Former {
  readonly path: RelPath
  readonly stat: EntryStat
}

function formerEntry({ path, from, base, wanted }: Change, facts: ProjectFacts): Former | undefined {
  if (base !== undefined) return base.type === wanted?.type ? { path, stat: base } : undefined
  if (from === undefined) return undefined
  const stat = facts.stat(from)
  return stat?.type === wanted?.type && stat !== undefined ? { path: from, stat } : undefined
}

function deviceReason(wanted: WantedEntry, former: Former | undefined): string | undefined {
  if (wanted.type !== 'char' && wanted.type !== 'block') return undefined
  const { rdevMajor, rdevMinor } = wanted
  if (former?.stat.rdevMajor === rdevMajor && former.stat.rdevMinor === rdevMinor) return undefined
  return 'it is a device node'
}

function specialReason({ type }: WantedEntry, former: Former | undefined): string | undefined {
  if (former !== undefined) return undefined
  if (type === 'fifo') return 'it is a FIFO'
  return type === 'socket' ? 'it is a socket' : undefined
}

/** The bits count together with whom they make a process run as. */
function setIdReason(
  path: RelPath,
  wanted: WantedEntry,
  former: Former | undefined,
  facts: ProjectFacts,
): string | undefined {
  if (wanted.type === 'symlink') return undefined
  const had = former?.stat
  const keptUid = had?.uid === wanted.uid ? had.mode & setUid : 0
  const keptGid = had?.gid === wanted.gid ? had.mode & setGid : 0
  const added = wanted.mode & (setUid | setGid) & ~(keptUid | keptGid)
  // A directory gets setgid from the one it is made in; then it is the project's own choice.
  if (wanted.type === 'dir' && added === setGid && inheritsSetGid(path, facts)) return undefined
  return added === 0 ? undefined : `it gains ${added & setUid ? 'setuid' : 'setgid'} (mode ${wanted.mode.toString(8)})`
}

function inheritsSetGid(path: RelPath, facts: ProjectFacts): boolean {
  for (let dir = path; dir !== ''; ) {
    dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/'))) as RelPath
    const stat = facts.stat(dir)
    if (stat !== undefined) return (stat.mode & setGid) !== 0
  }
  return false
}

function capabilityReason(wanted: WantedEntry, former: Former | undefined, facts: ProjectFacts): string | undefined {
  const value = wanted.xattrs.get(capability)
  if (value === undefined) return undefined
  const had = former?.stat.type === 'file' ? facts.xattrs(former.path).get(capability) : undefined
  return had !== undefined && Buffer.compare(had, value) === 0 ? undefined : 'it carries file capabilities'
}

function outsideReason(
  path: RelPath,
  { type, target }: WantedEntry,
  former: Former | undefined,
  facts: ProjectFacts,
): string | undefined {
  if (type !== 'symlink' || target === undefined) return undefined
  const reason = leadsOutside(path, target, facts.project)
  if (reason === undefined || former === undefined) return reason
  // A relative target means another place in another directory.
  const means = former.path === path || target.startsWith('/')
  return means && facts.target(former.path) === target ? undefined : reason
}
