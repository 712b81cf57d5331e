import type { Change, WantedEntry } from '../changeset/change.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { absPath, joinAbs, parentOf } from '../paths/rel-path.js'
import { protectionOf } from './protected-paths.js'
import type { AllowKind, Refusal } from './types.js'

/** What the rules need to know of the project besides the change itself. */
export interface ProjectFacts {
  readonly project: AbsPath
  stat(path: RelPath): EntryStat | undefined
  xattrs(path: RelPath): Xattrs
}

const setIds = 0o6000
const setGid = 0o2000
const capability = 'security.capability' as ByteString

/** Content that a commit does not write unless it is allowed by kind: each reason that holds for the change. */
export function findRefusals(change: Change, facts: ProjectFacts): Refusal[] {
  const { path, wanted } = change
  if (wanted === undefined) return []
  const reasons: [AllowKind, string | undefined][] = [
    ['devices', deviceReason(wanted)],
    ['special', specialReason(wanted)],
    ['setid', setIdReason(change, wanted, facts)],
    ['capabilities', capabilityReason(change, wanted, facts)],
    ['outside-links', outsideReason(path, wanted, facts.project)],
    ['protected', protectionOf(path, wanted.type)?.why],
  ]
  return reasons.flatMap(([kind, reason]) => (reason === undefined ? [] : [{ path, kind, reason }]))
}

function deviceReason({ type }: WantedEntry): string | undefined {
  return type === 'char' || type === 'block' ? 'it is a device node' : undefined
}

function specialReason({ type }: WantedEntry): string | undefined {
  if (type === 'fifo') return 'it is a FIFO'
  return type === 'socket' ? 'it is a socket' : undefined
}

function setIdReason(change: Change, wanted: WantedEntry, facts: ProjectFacts): string | undefined {
  if (wanted.type === 'symlink') return undefined
  const had = sameKind(change) ? (change.base?.mode ?? 0) : 0
  const added = wanted.mode & setIds & ~had
  // A directory gets setgid from the one it is made in; then it is the project's own choice.
  if (wanted.type === 'dir' && added === setGid && inheritsSetGid(change.path, facts)) return undefined
  return added === 0 ? undefined : `it gains ${added & 0o4000 ? 'setuid' : 'setgid'} (mode ${wanted.mode.toString(8)})`
}

function inheritsSetGid(path: RelPath, facts: ProjectFacts): boolean {
  for (let dir = path; dir !== ''; ) {
    dir = parentOf(dir)
    const stat = facts.stat(dir)
    if (stat !== undefined) return (stat.mode & setGid) !== 0
  }
  return false
}

function capabilityReason(change: Change, wanted: WantedEntry, facts: ProjectFacts): string | undefined {
  const value = wanted.xattrs.get(capability)
  if (value === undefined) return undefined
  const had = change.base?.type === 'file' ? facts.xattrs(change.path).get(capability) : undefined
  return had !== undefined && Buffer.compare(had, value) === 0 ? undefined : 'it carries file capabilities'
}

function outsideReason(path: RelPath, { type, target }: WantedEntry, project: AbsPath): string | undefined {
  if (type !== 'symlink' || target === undefined) return undefined
  if (leadsBackThroughName(target))
    return 'it is a symbolic link whose way leads back through a name, and may leave the project'
  const from = joinAbs(project, parentOf(path))
  const end = absPath(target.startsWith('/') ? target : `${from}/${target}`)
  const inside = end === project || project === '/' || end.startsWith(`${project}/`)
  return inside ? undefined : 'it is a symbolic link out of the project'
}

/** A name before a `..` may be a link itself, so that the way cannot be told from the text. */
function leadsBackThroughName(target: ByteString): boolean {
  let named = false
  return target.split('/').some((name) => {
    if (name === '..') return named
    named ||= name !== '' && name !== '.'
    return false
  })
}

function sameKind({ base, wanted }: Change): boolean {
  return base !== undefined && base.type === wanted?.type
}
