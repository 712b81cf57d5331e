import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type MergedText, mergeText } from '../../../src/commit/merge/merge-text.js'
import type { Fd } from '../../../src/os/file-ops.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { type Scratch, scratch } from '../../helpers/scratch.js'

const { ops, runner } = systemPorts()
const seed = 20_261_122
const labels = ['ours', 'base', 'theirs'] as const

async function merge(one: Scratch, texts: readonly [ours: Buffer, base: Buffer, theirs: Buffer]): Promise<MergedText> {
  const files = texts.map((text, index) => {
    writeFileSync(`${one.path}/${index}`, text)
    return ops.openFile(one.root, `${index}` as never)
  }) as [Fd, Fd, Fd]
  try {
    return await mergeText({ runner, searchPath: process.env.PATH ?? '', files, labels })
  } finally {
    for (const fd of files) ops.close(fd)
  }
}

/** An edit of one line: others before it, in its place, or gone. */
const edit = fc.oneof(
  fc.record({
    put: fc.array(fc.constantFrom('x', 'y', 'x y', '', '\xff\r', '<<<<<<<'), { maxLength: 3 }),
    keep: fc.boolean(),
  }),
  fc.constant({ put: [] as string[], keep: false }),
)
const edits = (length: number): fc.Arbitrary<Map<number, { put: string[]; keep: boolean }>> =>
  fc
    .uniqueArray(fc.tuple(fc.nat({ max: length - 1 }), edit), { selector: ([at]) => at, maxLength: 5 })
    .map((list) => new Map(list))

function edited(
  lines: readonly string[],
  changes: ReadonlyMap<number, { put: string[]; keep: boolean }>,
  end: string,
): Buffer {
  const result = lines.flatMap((line, index) => {
    const change = changes.get(index)
    return change === undefined ? [line] : [...change.put, ...(change.keep ? [line] : [])]
  })
  return Buffer.from(result.length === 0 ? '' : `${result.join('\n')}${end}`, 'latin1')
}

const length = 24
const lines = Array.from({ length }, (_, index) => `line ${index}`)
const ends = fc.constantFrom('\n', '\n', '')

it('gives what git merge-file gives, whatever was edited', async () => {
  const one = scratch()
  execFileSync('git', ['init', '-q', one.path])
  // A repository that says otherwise must play no part.
  execFileSync('git', ['-C', one.path, 'config', 'merge.conflictStyle', 'merge'])
  let clean = 0
  await fc.assert(
    fc.asyncProperty(edits(length), edits(length), ends, ends, async (first, second, ourEnd, theirEnd) => {
      const texts = [
        edited(lines, first, ourEnd),
        edited(lines, new Map(), '\n'),
        edited(lines, second, theirEnd),
      ] as const
      const found = await merge(one, [...texts])
      const git = spawnSync(
        'git',
        ['merge-file', '-p', '--diff3', ...labels.flatMap((label) => ['-L', label]), '0', '1', '2'],
        {
          cwd: one.path,
        },
      )
      expect(found.clean).toBe(git.status === 0)
      expect(Buffer.from(found.content).equals(git.stdout)).toBe(true)
      if (found.clean) clean += 1
    }),
    { numRuns: 150, seed },
  )
  expect(clean).toBeGreaterThan(20)
  expect(clean).toBeLessThan(140)
})

it('has every edit of both sides where they lie apart, and no conflict', async () => {
  const one = scratch()
  // Ours are edits of the first half, theirs of the second; two lines between them stay.
  const half = length / 2 - 1
  const shifted = edits(half).map((list) => new Map([...list].map(([at, change]) => [at + length - half, change])))
  await fc.assert(
    fc.asyncProperty(edits(half), shifted, ends, async (first, second, end) => {
      const distinct = lines.map((line) => `${line} of its own`)
      const base = edited(distinct, new Map(), '\n')
      const found = await merge(one, [edited(distinct, first, '\n'), base, edited(distinct, second, end)])
      expect(found.clean).toBe(true)
      const both = edited(distinct, new Map([...first, ...second]), end)
      expect(Buffer.from(found.content).toString('latin1')).toBe(both.toString('latin1'))
    }),
    { numRuns: 100, seed },
  )
})

it('takes the side that alone was edited, byte for byte', async () => {
  const one = scratch()
  await fc.assert(
    fc.asyncProperty(edits(length), ends, ends, async (changes, baseEnd, end) => {
      const base = edited(lines, new Map(), baseEnd)
      const side = edited(lines, changes, end)
      for (const texts of [
        [side, base, base],
        [base, base, side],
        [side, base, side],
      ] as const) {
        const found = await merge(one, [...texts])
        expect(found.clean).toBe(true)
        expect(Buffer.from(found.content).equals(side)).toBe(true)
      }
    }),
    { numRuns: 40, seed },
  )
})

it('stops when asked to, and says what git said', async () => {
  const one = scratch()
  for (const name of ['0', '1', '2']) writeFileSync(`${one.path}/${name}`, Buffer.from('binary\0'))
  const fds = ['0', '1', '2'].map((name) => ops.openFile(one.root, name as never)) as [Fd, Fd, Fd]
  const request = { runner, searchPath: process.env.PATH ?? '', files: fds, labels }
  await expect(mergeText(request)).rejects.toMatchObject({
    code: 'GIT_FAILED',
    message: expect.stringContaining('inary'),
  })
  await expect(mergeText({ ...request, searchPath: '/nonexistent' })).rejects.toMatchObject({ code: 'GIT_MISSING' })
  await expect(mergeText({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  for (const fd of fds) ops.close(fd)
})
