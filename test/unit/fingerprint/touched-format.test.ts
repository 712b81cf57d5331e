import { expect, test } from 'vitest'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import type { Fingerprint } from '../../../src/fingerprint/fingerprint.js'
import {
  formatTouch,
  formatTouchedHeader,
  parseTouch,
  parseTouchedHeader,
  touchedHeaderSize,
} from '../../../src/fingerprint/touched-format.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'

const hasher = await createContentHasher({} as FileOps)

const base: Fingerprint = {
  ...{ type: 'symlink', mode: 0o777, uid: 0, gid: 65534, size: 2 ** 40, ino: 2n ** 63n, mtimeNs: -1n },
  ...{ ctimeNs: 1_700_000_000_123_456_789n, hash: undefined, target: '\xff\n"' as ByteString, attributes: undefined },
}

test.each([
  [true, undefined],
  [false, 0],
  [true, 123_456_789],
])('a line is what it was made of (content only: %s, text at %s)', (contentOnly, textAt) => {
  const touch = { path: '[d/\xfe\n\\' as RelPath, base, contentOnly, textAt }
  const line = formatTouch(hasher, touch)
  expect(line.indexOf('\n')).toBe(line.length - 1)
  expect(parseTouch(hasher, line)).toEqual(touch)
})

test('a line with any byte changed or missing is none', () => {
  const line = formatTouch(hasher, { path: 'f' as RelPath, base, contentOnly: false, textAt: 7 })
  for (let at = 0; at < line.length; at += 1) {
    const other = String.fromCharCode(line.charCodeAt(at) ^ 1)
    expect(parseTouch(hasher, line.slice(0, at) + other + line.slice(at + 1))).toBeUndefined()
    expect(parseTouch(hasher, line.slice(0, at))).toBeUndefined()
    expect(parseTouch(hasher, line.slice(at + 1))).toBeUndefined()
  }
})

test('the first line says how far the ledger has read', () => {
  expect(formatTouchedHeader(0)).toHaveLength(touchedHeaderSize)
  expect(parseTouchedHeader(formatTouchedHeader(123_456_789_012))).toBe(123_456_789_012)
  for (const other of ['', 'touched2 00000000000024\n', 'touched1 0000000000002x\n', '\0'.repeat(24)]) {
    expect(parseTouchedHeader(other)).toBeUndefined()
  }
})
