import { rmSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { asUser } from '../../helpers/as-user.js'
import { need, noProgram } from '../../helpers/capability.js'
import { choiceOf, gitPlace, patchOf } from '../../helpers/hunks.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 15)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }
const ports = systemPorts()

/** Few different lines, so that they repeat and a diff has a choice. */
const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', 'd\r', '-- a', '\xff'), { maxLength: 25 })
const content = fc.tuple(lines, fc.boolean()).map(([all, ends]) => all.join('\n') + (ends ? '\n' : ''))
const files = fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 3 })
/** Which hunks of each round are taken, and which of their lines. */
const picks = fc.infiniteStream(fc.nat({ max: 5 }))

describe.each(backends)('hunks of a $name session, a few at a time', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'hunk-property')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('come to what the session has', { timeout: 60_000 + numRuns * 15_000 }, async (context) => {
    need(context, backend.missing() ?? noProgram('git'))
    let count = 0
    await fc.assert(
      fc.asyncProperty(files, picks, async (each, stream) => {
        count += 1
        await runOnce(backend, `${top}/${count}`, each, () => stream.next().value)
      }),
      { numRuns, ...seed },
    )
  })
})

type Draw = () => number

async function runOnce(
  backend: OverlayBackend,
  dir: string,
  each: readonly (readonly [string, string])[],
  draw: Draw,
): Promise<void> {
  const write = (at: string, side: 0 | 1): void =>
    asUser(backend.user, () => {
      for (const [index, sides] of each.entries()) writeFileSync(`${at}/f${index}`, Buffer.from(sides[side], 'latin1'))
    })
  const scratch = await openScratchSession({ ports, backend, dir, before: (project) => write(project, 0) })
  write(scratch.merged, 1)
  await scratch.unmount()
  const { session } = scratch
  for (let round = 0; ; round += 1) {
    const patch = await patchOf(ports, session)
    if (patch === '') break
    expect(round).toBeLessThan(200)
    const chosen = round > 20 ? patch : someOf(patch, draw)
    await commitSession(ports, session, { hunks: choiceOf(chosen), git: gitPlace, sync: false })
    expect((await reviewSession(ports, session)).conflicts).toEqual([])
  }
  await commitSession(ports, session, { sync: false })
  expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  rmSync(dir, { recursive: true, force: true })
}

/** A patch with some of the hunks, without some of their new lines, and with some of the old ones kept. */
function someOf(patch: string, draw: Draw): string {
  const pieces = patch.split(/^(?=@@ |diff --git )/m)
  const kept = pieces.filter((piece) => !piece.startsWith('@@ ') || draw() > 1).map((piece) => thinned(piece, draw))
  // A file without a hunk is no patch of one.
  return kept.filter((piece, at) => piece.startsWith('@@ ') || kept[at + 1]?.startsWith('@@ ') === true).join('')
}

function thinned(hunk: string, draw: Draw): string {
  // Lines at the end of a file depend on each other's newline.
  if (!hunk.startsWith('@@ ') || hunk.includes('\\ No newline')) return hunk
  return hunk
    .split(/(?<=\n)/)
    .flatMap((line) => (draw() > 0 ? line : line.startsWith('+') ? [] : line.replace(/^-/, ' ')))
    .join('')
}
