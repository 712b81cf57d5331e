import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLayerOps } from '../../../../src/os/layer-ops.js'
import { loadAddon } from '../../../../src/os/load-addon.js'
import { need } from '../../../helpers/capability.js'
import { noFuseNative } from '../../../helpers/fuse-bed.js'
import { type FuseNativeBed, fuseNativeBed } from '../../../helpers/fuse-native-bed.js'
import { type PathCalls, type SeenEntry, seeTree } from '../../../helpers/path-calls.js'
import { fillBase, type PathStep, pathSteps, takeStep } from '../../../helpers/path-steps.js'
import { plainCalls } from '../../../helpers/plain-calls.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 60)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_123) }

/** What it refuses on purpose: `limits.test.ts`. */
const refused = ['link', 'exchange', 'noreplace', 'utimes']

/** The names of {@link pathSteps}, with text for the one that is none. */
const textPath = (path: string): string => path.replaceAll('\xff\xfe', '\xc3\xbc')

const steps = pathSteps.map((all) =>
  all
    .filter((step) => !refused.includes(step.do))
    .map((step) => ({ ...step, at: textPath(step.at), to: textPath(step.to) })),
)

const layers = createLayerOps(loadAddon())
let plainTop = ''
let bed: FuseNativeBed | undefined

beforeAll(async () => {
  if (noFuseNative() !== undefined) return
  plainTop = mkdtempSync(join(tmpdir(), 'oa-plain-'))
  bed = await fuseNativeBed((project) => {
    for (let run = 0; run < numRuns; run += 1) {
      for (const dir of [`${project}/${run}`, `${plainTop}/${run}`]) {
        mkdirSync(dir)
        fillBase(plainCalls(layers, dir))
      }
    }
  })
}, 120_000)

afterAll(async () => {
  await bed?.end()
  if (plainTop !== '') rmSync(plainTop, { recursive: true, force: true })
})

it('answers and shows what a plain directory does, but for what it cannot', {
  timeout: 60_000 + numRuns * 1_000,
}, (test) => {
  need(test, noFuseNative())
  let run = 0
  fc.assert(
    fc.property(steps, (taken) => {
      compare(run, taken)
      run += 1
    }),
    // A run changes its directory for good, so there is no second try for fewer steps.
    { numRuns, ...seed, endOnFailure: true },
  )
})

function compare(run: number, all: readonly PathStep[]): void {
  const plain = plainCalls(layers, `${plainTop}/${run}`)
  const merged = plainCalls(layers, `${bed?.session.merged}/${run}`)
  const taken: unknown[] = []
  for (const step of all) {
    const expected = takeStep(plain, step)
    taken.push({ ...step, answer: takeStep(merged, step) })
    expect(taken).toEqual([...taken.slice(0, -1), { ...step, answer: expected }])
  }
  expect({ taken, tree: seeTree(merged) }).toEqual({ taken, tree: toTheMillisecond(plain) })
}

function toTheMillisecond(calls: PathCalls): Record<string, SeenEntry | number> {
  const shown = Object.entries(seeTree(calls)).map(([path, entry]) => [
    path,
    typeof entry === 'number' ? entry : { ...entry, mtime: entry.mtime.replace(/\.7$/, '.0') },
  ])
  return Object.fromEntries(shown)
}
