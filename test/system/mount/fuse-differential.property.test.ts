import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLayerOps } from '../../../src/os/layer-ops.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { createSession } from '../../../src/session/create-session.js'
import type { Session } from '../../../src/session/session.js'
import { unmountSession } from '../../../src/session/unmount-session.js'
import { need, noRoot } from '../../helpers/capability.js'
import { seeTree } from '../../helpers/path-calls.js'
import { fillBase, type PathStep, pathSteps, takeStep } from '../../helpers/path-steps.js'
import { plainCalls } from '../../helpers/plain-calls.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 200)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_124) }

const layers = createLayerOps(loadAddon())
let top = ''
let session: Session | undefined

/** One mount for all: each run has a directory of the project to itself. */
beforeAll(async () => {
  if (noRoot() !== undefined) return
  top = mkdtempSync(join(tmpdir(), 'oa-fuse-'))
  const lower = `${top}/project`
  mkdirSync(lower)
  for (let run = 0; run < numRuns; run += 1) {
    for (const dir of [`${lower}/${run}`, `${top}/${run}`]) {
      mkdirSync(dir)
      fillBase(plainCalls(layers, dir))
    }
  }
  const options = { project: absPath(lower), stateRoot: absPath(`${top}/state`), id: sessionId('s') }
  session = (await createSession(systemPorts(), { ...options, backend: 'fuse' })).session
}, 120_000)

afterAll(async () => {
  if (session !== undefined) await unmountSession(systemPorts(), session)
  rmSync(top, { recursive: true, force: true })
})

it('answers and shows through a mount what a plain directory does', { timeout: 60_000 + numRuns * 1_000 }, (test) => {
  need(test, noRoot())
  let run = 0
  fc.assert(
    fc.property(pathSteps, (steps) => {
      compare(run, steps)
      run += 1
    }),
    // A run changes its directory for good, so there is no second try for fewer steps.
    { numRuns, ...seed, endOnFailure: true },
  )
})

function compare(run: number, steps: readonly PathStep[]): void {
  const plain = plainCalls(layers, `${top}/${run}`)
  const merged = plainCalls(layers, `${session?.merged}/${run}`)
  const taken: unknown[] = []
  for (const step of steps) {
    const expected = takeStep(plain, step)
    taken.push({ ...step, answer: takeStep(merged, step) })
    expect(taken).toEqual([...taken.slice(0, -1), { ...step, answer: expected }])
  }
  expect({ taken, tree: seeTree(merged) }).toEqual({ taken, tree: seeTree(plain) })
}
