import fc from 'fast-check'
import { expect, it } from 'vitest'
import { applyHunks, splitLines } from '../../../../src/changeset/patch/apply-hunks.js'
import type { Hunk, HunkLine } from '../../../../src/changeset/patch/file-patch.js'
import { hunkText } from '../../../../src/changeset/patch/hunk-text.js'
import { parsePatch } from '../../../../src/changeset/patch/parse-patch.js'
import { splitHunk } from '../../../../src/changeset/patch/split-hunk.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'

const parse = (body: string): Hunk => parsePatch(Buffer.from(`--- a/f\n+++ b/f\n${body}`))[0]?.hunks[0] as Hunk

it('cuts where lines stay between changes', () => {
  const hunk = parse('@@ -3,5 +3,6 @@ f\n a\n-b\n+B\n c\n d\n+e\n g\n')
  expect(splitHunk(hunk).map(hunkText)).toEqual([
    '@@ -3,4 +3,4 @@ f\n a\n-b\n+B\n c\n d\n',
    '@@ -7,1 +7,2 @@ f\n+e\n g\n',
  ])
  expect(splitHunk(parse('@@ -1,2 +1,2 @@\n-a\n+b\n c\n'))).toHaveLength(1)
})

it('writes what it read, with its missing newline', () => {
  const text = '@@ -0,0 +1,2 @@ x\n+a\r\n+b\n\\ No newline at end of file\n'
  expect(hunkText(parse(text))).toBe(text)
})

const line: fc.Arbitrary<HunkLine> = fc.record({
  sign: fc.constantFrom(' ' as const, '-' as const, '+' as const),
  text: fc.constantFrom('a\n', 'b\n') as fc.Arbitrary<ByteString>,
})

it('parts do together what the hunk does, and each of them applies alone', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), fc.nat({ max: 3 }), (lines, above) => {
      const old = lines.filter(({ sign }) => sign !== '+').map(({ text }) => text)
      const start = old.length === 0 ? above : above + 1
      const hunk: Hunk = { oldStart: start, oldCount: old.length, newStart: start, section: '' as ByteString, lines }
      const file = splitLines(`${'x\n'.repeat(above)}${old.join('')}y\n` as ByteString)
      const whole = applyHunks(file, [hunk])
      const parts = splitHunk(hunk)
      expect(applyHunks(file, parts)).toMatchObject({ content: 'content' in whole ? whole.content : '' })
      for (const part of parts) expect(applyHunks(file, [part])).toHaveProperty('content')
    }),
    { seed: 20_261_122 },
  )
})
