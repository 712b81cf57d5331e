import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AppliedHunks, applyHunks, splitLines } from '../../../src/changeset/patch/apply-hunks.js'
import { parsePatch } from '../../../src/changeset/patch/parse-patch.js'
import { findForeignEdit } from '../../../src/changeset/patch/part-of-change.js'
import type { ByteString } from '../../../src/paths/byte-string.js'
import { need, noProgram } from '../../helpers/capability.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 100)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }

let top = ''
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'oa-hunks-'))
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

/** Few different lines, so that they repeat and a diff has a choice; some look like a patch. */
const line = fc.constantFrom(
  'a',
  'b',
  'c',
  '',
  'd\r',
  '-- a',
  '++ b',
  '@@ -1 +1 @@',
  '\\ x',
  'diff --git a/f b/f',
  '\xff',
)
const file = fc.record({ lines: fc.array(line, { maxLength: 30 }), ends: fc.boolean() })
const text = ({ lines, ends }: { lines: string[]; ends: boolean }): string =>
  lines.join('\n') + (ends && lines.length > 0 ? '\n' : '')

function git(args: string[], input?: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd: top,
    ...(input === undefined ? {} : { input: Buffer.from(input, 'latin1') }),
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CEILING_DIRECTORIES: tmpdir() },
  })
  return { status, stdout: stdout.toString('latin1'), stderr: stderr.toString('latin1') }
}

function put(name: string, content: string): void {
  writeFileSync(join(top, name), Buffer.from(content, 'latin1'))
}

function diff(old: string, fresh: string, context: number): string {
  put('old', old)
  put('new', fresh)
  const { stdout } = git([
    'diff',
    '--no-index',
    '--text',
    `-U${context}`,
    '--src-prefix=a/',
    '--dst-prefix=b/',
    'old',
    'new',
  ])
  return stdout
    .replace('diff --git a/old b/new', 'diff --git a/f b/f')
    .replace('--- a/old', '--- a/f')
    .replace('+++ b/new', '+++ b/f')
}

// Without a line of context git guesses where a hunk belongs, at times wrongly; then the session's file is the measure.
it('applies any choice of hunks as git apply does, and knows it for a part of the change', {
  timeout: 60_000 + numRuns * 1_000,
}, (context) => {
  need(context, noProgram('git'))
  fc.assert(
    fc.property(
      file,
      file,
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      (before, after, lines, keep) => {
        const [old, fresh] = [text(before), text(after)]
        fc.pre(old !== fresh && old !== '' && fresh !== '')
        const patch = diff(old, fresh, lines)
        const [head = '', ...pieces] = patch.split(/^(?=@@ -)/m)
        const chosen = pieces.filter((_, index) => keep[index % Math.max(1, keep.length)] ?? true)
        fc.pre(chosen.length > 0)
        put('f', old)
        const { status, stderr } = git(['apply', '--whitespace=nowarn', '-'], head + renumbered(chosen).join(''))
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
        const mine = apply(old, head + chosen.join(''))
        expect(mine.content).toBe(readFileSync(join(top, 'f'), 'latin1'))
        const all = apply(old, diff(old, fresh, 0))
        expect(all.content).toBe(fresh)
        expect(findForeignEdit(mine.edits, all.edits)).toBeUndefined()
      },
    ),
    { numRuns, ...seed },
  )
})

/** Git looks first where the new file has the hunk, and takes what it finds there for right where lines repeat. */
function renumbered(hunks: readonly string[]): string[] {
  let moved = 0
  return hunks.map((hunk) => {
    const [, at = '', removed = '1', added = '1'] = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(hunk) ?? []
    const start = Number(at) + moved + (removed === '0' ? 1 : 0) - (added === '0' ? 1 : 0)
    moved += Number(added) - Number(removed)
    return hunk.replace(/^(@@ -\S+ \+)\d+/, `$1${start}`)
  })
}

function apply(old: string, patch: string): AppliedHunks {
  const hunks = parsePatch(Buffer.from(patch, 'latin1')).flatMap((each) => each.hunks)
  return applyHunks(splitLines(old as ByteString), hunks) as AppliedHunks
}
