import { describe, expect, it } from 'vitest'
import { type AppliedHunks, applyHunks, splitLines } from '../../../../src/changeset/patch/apply-hunks.js'
import type { Hunk } from '../../../../src/changeset/patch/file-patch.js'
import { parsePatch } from '../../../../src/changeset/patch/parse-patch.js'
import { findForeignEdit } from '../../../../src/changeset/patch/part-of-change.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'

const hunks = (body: string): readonly Hunk[] =>
  parsePatch(Buffer.from(`--- a/f\n+++ b/f\n${body}`, 'latin1')).flatMap((file) => file.hunks)
const apply = (old: string, body: string): ReturnType<typeof applyHunks> =>
  applyHunks(splitLines(old as ByteString), hunks(body))

describe('splitLines', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a\n']],
    ['\n', ['\n']],
    ['a\r\n\nb', ['a\r\n', '\n', 'b']],
  ])('of %j', (content, lines) => {
    expect(splitLines(content as ByteString)).toEqual(lines)
  })
})

describe('applyHunks', () => {
  const old = 'a\nb\nc\nd\n'

  it.each([
    ['@@ -2 +2 @@\n-b\n+B\n', 'a\nB\nc\nd\n'],
    ['@@ -0,0 +1 @@\n+0\n@@ -4 +5,2 @@\n d\n+e\n', '0\na\nb\nc\nd\ne\n'],
    ['@@ -2,0 +3 @@\n+x\n', 'a\nb\nx\nc\nd\n'],
    ['@@ -1,4 +0,0 @@\n-a\n-b\n-c\n-d\n', ''],
    ['@@ -4 +4 @@\n-d\n+d\n\\ No newline at end of file\n', 'a\nb\nc\nd'],
  ])('makes of %j %j', (body, content) => {
    expect(apply(old, body)).toMatchObject({ content })
  })

  it.each([
    ['@@ -2 +2 @@\n-c\n+B\n', 1, 'line 2'],
    ['@@ -5 +5 @@\n-e\n+f\n', 1, 'line 5'],
    ['@@ -9 +9 @@\n-e\n+f\n', 1, 'has 4 lines'],
    ['@@ -1 +1 @@\n-a\n+A\n@@ -3 +3 @@\n c\n@@ -3 +3 @@\n-c\n+C\n', 3, 'above the end'],
    ['@@ -4 +4 @@\n-d\n\\ No newline at end of file\n+e\n', 1, 'line 4'],
    ['@@ -2 +2,2 @@\n+x\n\\ No newline at end of file\n b\n', 1, 'without a newline'],
  ])('refuses %j', (body, hunk, why) => {
    expect(apply(old, body)).toEqual({ hunk, why: expect.stringContaining(why) })
  })
})

describe('findForeignEdit', () => {
  const old = 'a\nb\nc\nd\ne\nf\ng\nh\n'
  const change = '@@ -2,2 +2,3 @@\n-b\n-c\n+B\n+C\n+X\n@@ -6,0 +7,2 @@\n+1\n+2\n@@ -8 +9,0 @@\n-h\n'
  const foreign = (body: string): string | undefined => {
    const edits = (text: string): AppliedHunks['edits'] => (apply(old, text) as AppliedHunks).edits
    return findForeignEdit(edits(body), edits(change))?.text
  }

  it.each([
    change,
    '@@ -2 +2 @@\n-b\n',
    '@@ -2,2 +2,3 @@\n-b\n c\n+B\n',
    '@@ -2,2 +2,3 @@\n-b\n+B\n c\n+X\n',
    '@@ -2,2 +2,3 @@\n+X\n b\n c\n',
    '@@ -6,0 +7 @@\n+2\n',
    '@@ -8 +9,0 @@\n-h\n',
  ])('lets a part pass: %j', (body) => {
    expect(foreign(body)).toBeUndefined()
  })

  it.each([
    ['@@ -1 +1 @@\n-a\n', 'a\n'],
    ['@@ -4 +4 @@\n-d\n', 'd\n'],
    ['@@ -2,2 +2 @@\n-b\n-c\n+other\n', 'other\n'],
    ['@@ -2,2 +2 @@\n-b\n-c\n+C\n+B\n', 'B\n'],
    ['@@ -2,2 +2 @@\n-b\n-c\n+B\n+B\n', 'B\n'],
    ['@@ -5,0 +6 @@\n+1\n', '1\n'],
    ['@@ -7,0 +8 @@\n+1\n', '1\n'],
    ['@@ -0,0 +1 @@\n+B\n', 'B\n'],
    ['@@ -8 +8 @@\n h\n+9\n', '9\n'],
  ])('finds what is more: %j', (body, text) => {
    expect(foreign(body)).toBe(text)
  })
})
