import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MarkFamily } from '../../../../src/overlay-format/mark-names.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreBed } from '../../../helpers/core-bed.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { seeTree } from '../../../helpers/path-calls.js'
import { fillBase, type PathStep, pathSteps, takeStep } from '../../../helpers/path-steps.js'
import { plainCalls } from '../../../helpers/plain-calls.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 60)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }

/** The umask of the tests' process counts on both sides. */
const context = { uid: 0, gid: 0, pid: 1, umask: process.umask() }

describe.each<MarkFamily>(['trusted', 'user'])('the overlay core with marks of the %s family', (family) => {
  let top = ''
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), 'oa-core-'))
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('answers and shows what a plain directory does', { timeout: 60_000 + numRuns * 2_000 }, (test) => {
    need(test, noRoot())
    let count = 0
    fc.assert(
      fc.property(pathSteps, (steps) => {
        count += 1
        compare(`${top}/${count}`, family, steps)
      }),
      { numRuns, ...seed },
    )
  })
})

function compare(dir: string, family: MarkFamily, steps: readonly PathStep[]): void {
  const bed = coreBed(dir, family)
  try {
    fillBase(plainCalls(bed.layers, bed.lower))
    execFileSync('cp', ['-a', bed.lower, `${dir}/plain`])
    const plain = plainCalls(bed.layers, `${dir}/plain`)
    const core = bed.start()
    const merged = coreCalls(core, context)
    expect(seeTree(merged)).toEqual(seeTree(plain))
    for (const step of steps) {
      const expected = takeStep(plain, step)
      expect({ ...step, answer: takeStep(merged, step) }).toEqual({ ...step, answer: expected })
      expect(seeTree(merged)).toEqual(seeTree(plain))
    }
    core.close()
    const again = bed.start()
    expect(seeTree(coreCalls(again, context))).toEqual(seeTree(plain))
    again.close()
  } finally {
    bed.close()
  }
}
