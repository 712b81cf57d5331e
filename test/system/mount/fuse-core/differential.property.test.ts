import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MarkFamily } from '../../../../src/overlay-format/mark-names.js'
import { asUser } from '../../../helpers/as-user.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreBed } from '../../../helpers/core-bed.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { seeTree } from '../../../helpers/path-calls.js'
import { fillBase, type PathStep, pathSteps, takeStep } from '../../../helpers/path-steps.js'
import { plainCalls } from '../../../helpers/plain-calls.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 60)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }

interface Who {
  readonly name: string
  readonly family: MarkFamily
  readonly user: number
}

const each: readonly Who[] = [
  { name: 'root, trusted marks', family: 'trusted', user: 0 },
  { name: 'root, marks of a user', family: 'user', user: 0 },
  { name: 'a plain user', family: 'user', user: 1000 },
]

describe.each(each)('the overlay core for $name', (who) => {
  let top = ''
  beforeAll(() => {
    if (noRoot() !== undefined) return
    top = mkdtempSync(join(tmpdir(), 'oa-core-'))
    chownSync(top, who.user, who.user)
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('answers and shows what a plain directory does', { timeout: 60_000 + numRuns * 2_000 }, (test) => {
    need(test, noRoot())
    let count = 0
    fc.assert(
      fc.property(pathSteps, (steps) => {
        count += 1
        asUser(who.user, () => compare(`${top}/${count}`, who, steps))
      }),
      { numRuns, ...seed },
    )
  })
})

function compare(dir: string, { family, user }: Who, steps: readonly PathStep[]): void {
  // The umask of the tests' process counts on both sides.
  const context = { uid: user, gid: user, pid: 1, umask: process.umask() }
  const bed = coreBed(dir, family)
  try {
    fillBase(plainCalls(bed.layers, bed.lower))
    mkdirSync(`${dir}/plain`)
    const plain = plainCalls(bed.layers, `${dir}/plain`)
    fillBase(plain)
    const core = bed.start({ privileged: user === 0 })
    const merged = coreCalls(core, context)
    expect(seeTree(merged)).toEqual(seeTree(plain))
    for (const wanted of steps) {
      // Who is not root would keep themselves out: these numbers stand for modes that do not.
      const step = user === 0 ? wanted : { ...wanted, number: [1, 3, 4, 5, 6][wanted.number % 5] as number }
      const expected = takeStep(plain, step)
      expect({ ...step, answer: takeStep(merged, step) }).toEqual({ ...step, answer: expected })
      expect(seeTree(merged)).toEqual(seeTree(plain))
    }
    core.close()
    const again = bed.start({ privileged: user === 0 })
    expect(seeTree(coreCalls(again, context))).toEqual(seeTree(plain))
    again.close()
  } finally {
    bed.close()
  }
}
