import type { ByteString } from '../../paths/byte-string.js'
import type { LineEdit } from './apply-hunks.js'

/** Lines of the session's change that stand together. */
interface Block {
  /** Old lines `from` up to `to`, which is not in it, are removed. */
  readonly from: number
  readonly to: number
  /** Lines that come in their place. */
  readonly inserted: readonly ByteString[]
}

/**
 * Whether edits are a part of a change: only lines go that it removes, only lines come that it inserts in that place, in its
 * order. Both are of one old file. Returns the first edit that is more than that.
 */
export function findForeignEdit(edits: readonly LineEdit[], change: readonly LineEdit[]): LineEdit | undefined {
  const blocks = blocksOf(change)
  let block = 0
  let used = 0
  for (const edit of edits) {
    while (block < blocks.length && (blocks[block] as Block).to < edit.at) {
      block += 1
      used = 0
    }
    const here = blocks[block]
    if (here === undefined || edit.at < here.from) return edit
    if (edit.does === 'remove') {
      if (edit.at >= here.to) return edit
      continue
    }
    used = here.inserted.indexOf(edit.text, used) + 1
    if (used === 0) return edit
  }
  return undefined
}

function blocksOf(change: readonly LineEdit[]): Block[] {
  const blocks: { from: number; to: number; inserted: ByteString[] }[] = []
  for (const { does, at, text } of change) {
    let block = blocks.at(-1)
    if (block === undefined || block.to < at) {
      block = { from: at, to: at, inserted: [] }
      blocks.push(block)
    }
    if (does === 'remove') block.to = at + 1
    else block.inserted.push(text)
  }
  return blocks
}
