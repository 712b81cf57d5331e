import type { ByteString } from '../../paths/byte-string.js'
import { patchInvalid } from './patch-error.js'

/** The lines of a patch, one after another; without their newlines. */
export class PatchLines {
  readonly #text: ByteString
  #at = 0
  /** Of the line that comes next, from 1. */
  number = 1

  /** @throws OverlayError `PATCH_INVALID` when the last line has no newline: the patch was cut off. */
  constructor(text: ByteString) {
    this.#text = text
    if (text !== '' && !text.endsWith('\n')) {
      const lines = text.split('\n')
      throw patchInvalid(lines.length, 'a newline at the end', lines.at(-1) as ByteString)
    }
  }

  /** The next line, `undefined` at the end. */
  peek(): ByteString | undefined {
    const end = this.#text.indexOf('\n', this.#at)
    return end === -1 ? undefined : (this.#text.slice(this.#at, end) as ByteString)
  }

  /** Takes the next line. */
  next(): ByteString | undefined {
    const line = this.peek()
    if (line === undefined) return undefined
    this.#at += line.length + 1
    this.number += 1
    return line
  }
}
