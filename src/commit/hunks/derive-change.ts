import type { Aspect, Change, ContentSource, WantedEntry } from '../../changeset/change.js'
import { kindOf } from '../../changeset/kind-of.js'
import type { EntryStat } from '../../os/entry-stat.js'
import type { Xattrs } from '../../os/file-ops.js'
import type { ByteString } from '../../paths/byte-string.js'
import type { Part } from './part.js'

/** What a part needs besides the change: both sides of it as the review found them. */
export interface PartInput {
  readonly change: Change & { readonly wanted: WantedEntry; readonly base: EntryStat }
  readonly part: Part
  /** The project's attributes. */
  readonly baseXattrs: Xattrs
  /** Where the composed content is, and its size. */
  readonly composed: { readonly source: ContentSource; readonly size: number } | undefined
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint
}

const capability = 'security.capability' as ByteString
const setIds = 0o6000

/**
 * The change that applies a part of another one: what is not taken is as the project has it. New content or a new owner never gets a setuid or setgid
 * bit or a capability that the session's own version lost; composed content has the time of its making.
 */
export function deriveChange({ change, part, baseXattrs, composed, nowNs }: PartInput): Change {
  const { wanted, base } = change
  const { aspects: taken, content } = part
  const isNew = content !== 'base'
  const losesIds = isNew || taken.has('owner')
  const kept = taken.has('mode') ? wanted.mode : losesIds ? base.mode & ~(setIds & ~wanted.mode) : base.mode
  const owner = taken.has('owner') ? wanted : base
  const entry: WantedEntry = {
    ...wanted,
    mode: kept,
    uid: owner.uid,
    gid: owner.gid,
    xattrs: taken.has('xattrs') ? wanted.xattrs : isNew ? withoutLost(baseXattrs, wanted.xattrs) : baseXattrs,
  }
  const placed = { ...entry, ...contentOf(change, content, composed, nowNs) }
  const aspects = aspectsOf(placed, base, baseXattrs, isNew)
  return { ...change, kind: kindOf(aspects) ?? 'metadata', wanted: placed, aspects }
}

function contentOf(
  { wanted, base, path }: PartInput['change'],
  content: Part['content'],
  composed: PartInput['composed'],
  nowNs: bigint,
): Partial<WantedEntry> {
  if (content === 'session') return {}
  const { atimeNs, mtimeNs, size } = base
  if (content === 'base') return { content: { layer: 'base', path }, size, atimeNs, mtimeNs }
  // Planned only: nothing was composed, so that the session's content stands for it.
  if (composed === undefined) return { size: content.composed.length, mtimeNs: nowNs }
  return { content: composed.source, size: composed.size, atimeNs: wanted.atimeNs, mtimeNs: nowNs }
}

function withoutLost(base: Xattrs, wanted: Xattrs): Xattrs {
  if (!base.has(capability) || wanted.has(capability)) return base
  return new Map([...base].filter(([name]) => name !== capability))
}

function aspectsOf(entry: WantedEntry, base: EntryStat, baseXattrs: Xattrs, isNew: boolean): Set<Aspect> {
  const aspects = new Set<Aspect>()
  if (isNew) aspects.add('content')
  if (entry.mode !== base.mode) aspects.add('mode')
  if (entry.uid !== base.uid || entry.gid !== base.gid) aspects.add('owner')
  if (entry.xattrs !== baseXattrs) aspects.add('xattrs')
  if (entry.mtimeNs !== base.mtimeNs) aspects.add('times')
  return aspects
}
