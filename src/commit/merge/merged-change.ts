import type { Aspect, Change, ContentSource, WantedEntry } from '../../changeset/change.js'
import { kindOf } from '../../changeset/kind-of.js'
import type { EntryStat } from '../../os/entry-stat.js'
import type { Xattrs } from '../../os/file-ops.js'
import type { MergedContent } from './merge-content.js'
import type { MergedProperties } from './three-way.js'

/** A conflict between two files of which everything was merged. */
export interface MergedFile {
  readonly change: Change
  readonly wanted: WantedEntry
  readonly base: EntryStat
  readonly properties: MergedProperties
  readonly content: MergedContent
}

/** Keeps content from where a commit takes it; `madeNs` are its times. */
export type Compose = (content: Uint8Array) => { readonly source: ContentSource; readonly madeNs: bigint }

/**
 * The change that turns the project's file, as it was judged, into the merge. Without aspects: the project holds that already.
 * @param compose keeps merged content
 */
export function mergedChange(file: MergedFile, compose: Compose): Change {
  const { change, properties } = file
  const mode = properties.mode === 'ours' ? file.wanted.mode : file.base.mode
  const owner = properties.owner === 'ours' ? file.wanted : file.base
  const xattrs = properties.attributes === 'ours' ? file.wanted.xattrs : (change.baseXattrs ?? noXattrs)
  const { uid, gid } = owner
  const wanted: WantedEntry = { ...contentOf(file, compose), mode, uid, gid, xattrs }
  const aspects = aspectsOf(file, change.aspects)
  return { ...change, wanted, aspects, kind: kindOf(aspects) ?? change.kind }
}

const noXattrs: Xattrs = new Map()

/** Content, and the times that belong to it. */
function contentOf({ change, wanted, base, content }: MergedFile, compose: Compose): WantedEntry {
  if (content === 'ours') return wanted
  if (typeof content !== 'string') {
    const { source, madeNs } = compose(content)
    return { ...wanted, content: source, size: content.length, atimeNs: madeNs, mtimeNs: madeNs }
  }
  const { size, atimeNs, mtimeNs } = base
  return { ...wanted, content: { layer: 'base', path: change.path }, size, atimeNs, mtimeNs }
}

function aspectsOf({ properties, content }: MergedFile, found: ReadonlySet<Aspect>): ReadonlySet<Aspect> {
  const aspects = new Set<Aspect>()
  if (content !== 'theirs' && content !== 'both') aspects.add('content').add('times')
  if (properties.mode === 'ours') aspects.add('mode')
  if (properties.owner === 'ours') aspects.add('owner')
  // Attributes that no commit carries may differ all the same.
  if (properties.attributes === 'ours' && found.has('xattrs')) aspects.add('xattrs')
  return aspects
}
