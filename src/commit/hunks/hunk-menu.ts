import type { Change } from '../../changeset/change.js'
import type { FilePatch, Hunk } from '../../changeset/patch/file-patch.js'
import { hunkText } from '../../changeset/patch/hunk-text.js'
import { parsePatch } from '../../changeset/patch/parse-patch.js'
import { splitHunk } from '../../changeset/patch/split-hunk.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { bufferFromBytes, bytesFromBuffer } from '../../paths/bytes.js'
import { isWithin } from '../../paths/rel-path.js'
import type { HunkChoice } from '../types.js'
import { isDivisible } from './divisible.js'
import { attributeAspects } from './part.js'

/** One thing that a person is asked about. */
export interface HunkItem {
  readonly change: Change
  /** One hunk of a file's content; its mode, owner and extended attributes; all of a change. */
  readonly what: 'hunk' | 'attributes' | 'whole'
  /** What git shows of it, by bytes: empty where a patch has no form for it. */
  readonly text: ByteString
  /** Changes without which it cannot be committed, where one is asked about them too. */
  readonly needs: readonly Change[]
  readonly hunk: Hunk | undefined
}

/** What of a session's changes a person can choose. */
export interface HunkMenu {
  /** In the order of asking: those of a change one after another. */
  readonly items: readonly HunkItem[]
  /** Changes that one is not asked about: they are in conflict, or of a kind that is refused, or cannot stand without such a one. */
  readonly left: readonly Change[]
  /** The parts of a hunk; the item itself when it has one part. */
  split(item: HunkItem): readonly HunkItem[]
  /** What `taken` comes to, when these are all of the answers. */
  choice(taken: readonly HunkItem[], declined: readonly HunkItem[]): HunkChoice
}

/** What a menu is made of. */
export interface MenuSource {
  /** To be asked about, in tree order. */
  readonly changes: readonly Change[]
  readonly left: readonly Change[]
  readonly redirects: readonly RelPath[]
  readonly needs: (change: Change) => readonly Change[]
  /** Of all these changes and of what goes with them, without renames. */
  readonly patch: Uint8Array
}

interface ShownFile {
  readonly path: RelPath
  readonly patch: FilePatch
  readonly text: ByteString
}

/** Pure. @throws OverlayError `PATCH_INVALID` never, for what git wrote */
export function makeMenu({ changes, left, redirects, needs, patch }: MenuSource): HunkMenu {
  const files = shownFiles(patch)
  const byPath = new Map<RelPath, ShownFile[]>()
  for (const file of files) byPath.set(file.path, [...(byPath.get(file.path) ?? []), file])
  const patches = new Map<Change, FilePatch>()
  const items = changes.flatMap((change) => {
    const isWhole = change.base?.type === 'dir' || change.wanted?.type === 'dir'
    const shown = isWhole ? files.filter(({ path }) => isWithin(path, change.path)) : (byPath.get(change.path) ?? [])
    const own = { change, needs: needs(change), hunk: undefined }
    const [only] = shown
    if (only === undefined || only.patch.hunks.length === 0 || !isDivisible(change, redirects)) {
      return [{ ...own, what: 'whole' as const, text: shown.map(({ text }) => text).join('') as ByteString }]
    }
    patches.set(change, only.patch)
    return [...attributeItems(own, only), ...only.patch.hunks.map((hunk) => hunkItem(own, hunk))]
  })
  return {
    items,
    left,
    split: (item) => (item.hunk === undefined ? [item] : splitHunk(item.hunk).map((hunk) => hunkItem(item, hunk))),
    choice: (taken, declined) => choiceOf(patches, taken, declined),
  }
}

function shownFiles(patch: Uint8Array): ShownFile[] {
  const texts = bytesFromBuffer(patch).split(/^(?=diff --git )/m) as ByteString[]
  return texts.flatMap((text) =>
    parsePatch(bufferFromBytes(text)).map((file) => ({
      path: (file.newPath ?? file.oldPath) as RelPath,
      patch: file,
      text,
    })),
  )
}

type Own = Pick<HunkItem, 'change' | 'needs'>

function hunkItem({ change, needs }: Own, hunk: Hunk): HunkItem {
  return { change, needs, what: 'hunk', hunk, text: hunkText(hunk) }
}

function attributeItems({ change, needs }: Own, { text }: ShownFile): HunkItem[] {
  if (!attributeAspects.some((aspect) => change.aspects.has(aspect))) return []
  const modes = text.match(/^(?:old|new) mode .*\n/gm) ?? []
  return [{ change, needs, what: 'attributes', hunk: undefined, text: modes.join('') as ByteString }]
}

function choiceOf(
  patches: ReadonlyMap<Change, FilePatch>,
  taken: readonly HunkItem[],
  declined: readonly HunkItem[],
): HunkChoice {
  const incomplete = new Set(declined.map(({ change }) => change))
  const changes = [...new Set(taken.map(({ change }) => change))]
  const parts = changes.filter((change) => incomplete.has(change) && patches.has(change))
  const hunksOf = (change: Change): Hunk[] =>
    taken.flatMap((item) => (item.change === change && item.hunk !== undefined ? [item.hunk] : []))
  return {
    files: parts
      .map((change) => ({
        ...(patches.get(change) as FilePatch),
        oldMode: undefined,
        newMode: undefined,
        hunks: hunksOf(change),
      }))
      .filter(({ hunks }) => hunks.length > 0),
    whole: changes.filter((change) => !parts.includes(change)).map(({ path }) => path),
    attributes: taken
      .filter(({ what, change }) => what === 'attributes' && parts.includes(change))
      .map(({ change }) => change.path),
  }
}
