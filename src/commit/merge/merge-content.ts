import { isText } from '../../fingerprint/is-text.js'
import type { SessionView } from '../session-view.js'
import type { TextMerger, Texts } from './merge-files.js'
import type { Version } from './read-version.js'
import { type Winner, winnerOf } from './three-way.js'
import type { UnmergedReason } from './unmerged.js'

/** Content that both sides changed, or that does not merge: `texts` and `marked`, with conflict markers, when it is about lines. */
export type ContentMerge =
  | { readonly is: 'merged'; readonly content: MergedContent }
  | { readonly is: 'unmerged'; readonly why: UnmergedReason; readonly texts?: Texts; readonly marked?: Uint8Array }

/** A side's as it is, or new content. */
export type MergedContent = Exclude<Winner, 'neither'> | Uint8Array

/** `known`: what the session built upon. Errors as {@link TextMerger}. */
export async function mergeContent(
  view: SessionView,
  known: { readonly hash: string; readonly size: number },
  ours: Version,
  theirs: Version,
  merger: TextMerger,
): Promise<ContentMerge> {
  const winner = winnerOf(known.hash, ours.hash, theirs.hash)
  if (winner !== 'neither') return { is: 'merged', content: winner }
  if (ours.content === undefined || theirs.content === undefined) return { is: 'unmerged', why: 'large' }
  if (!isText(ours.content) || !isText(theirs.content)) return { is: 'unmerged', why: 'binary' }
  const base = view.pack.read(known.hash, known.size)
  if (base === undefined) return { is: 'unmerged', why: 'no-base' }
  const texts: Texts = { ours: ours.content, base, theirs: theirs.content }
  const { clean, content } = await merger.merge(texts)
  if (!clean) return { is: 'unmerged', why: 'lines', texts, marked: content }
  return { is: 'merged', content: sideOf(texts, content) ?? content }
}

/** Whose content the merge is anyway. */
function sideOf({ ours, theirs }: Texts, content: Uint8Array): 'ours' | 'theirs' | undefined {
  if (Buffer.compare(content, theirs) === 0) return 'theirs'
  return Buffer.compare(content, ours) === 0 ? 'ours' : undefined
}
