import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readChangeSet } from '../../../../src/changeset/read-change-set.js'
import type { MarkFamily } from '../../../../src/overlay-format/mark-names.js'
import type { AbsPath } from '../../../../src/paths/byte-string.js'
import { applyChanges } from '../../../helpers/apply-changes.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { type CoreBed, coreBed } from '../../../helpers/core-bed.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { type SeenEntry, seeTree } from '../../../helpers/path-calls.js'
import { fillBase, type PathStep, pathSteps, takeStep } from '../../../helpers/path-steps.js'
import { plainCalls } from '../../../helpers/plain-calls.js'

const numRuns = Number(process.env.PROPERTY_RUNS ?? 40)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_123) }
const context = { uid: 0, gid: 0, pid: 1, umask: process.umask() }
const mountOptions = { trusted: 'redirect_dir=on,metacopy=on,index=off', user: 'userxattr' }

describe.each<MarkFamily>(['trusted', 'user'])('an upper of the overlay core, marks of the %s family', (family) => {
  let top = ''
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), 'oa-core-'))
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('is the same to the kernel and to the scanner', { timeout: 60_000 + numRuns * 2_000 }, async (test) => {
    need(test, noRoot())
    let count = 0
    await fc.assert(
      fc.asyncProperty(pathSteps, async (steps) => {
        count += 1
        await compare(`${top}/${count}`, family, steps)
      }),
      { numRuns, ...seed },
    )
  })
})

async function compare(dir: string, family: MarkFamily, steps: readonly PathStep[]): Promise<void> {
  const bed = coreBed(dir, family)
  try {
    fillBase(plainCalls(bed.layers, bed.lower), true)
    execFileSync('cp', ['-a', bed.lower, `${dir}/copy`])
    const core = bed.start()
    for (const step of steps) {
      // Owners are no part of the changes of a session that a user made.
      if (family === 'trusted' || step.do !== 'chown') takeStep(coreCalls(core, context), step)
    }
    core.close()
    const again = bed.start()
    const merged = seeTree(coreCalls(again, context))
    again.close()
    const redirects = await applied(bed, family, dir)
    expect(withoutCounts(seeTree(plainCalls(bed.layers, `${dir}/copy`)))).toEqual(withoutCounts(merged))
    // A mount for a user follows no redirects.
    if (family === 'trusted' || redirects === 0) expect(seenByKernel(bed, family)).toEqual(merged)
  } finally {
    bed.close()
  }
}

/** A lower keeps its hard links when one of them is copied up; a project does not. */
function withoutCounts(tree: Record<string, SeenEntry | number>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, entry]) => [path, typeof entry === 'number' ? entry : { ...entry, nlink: 0 }]),
  )
}

function seenByKernel(bed: CoreBed, family: MarkFamily): Record<string, SeenEntry | number> {
  const layers = `lowerdir=${bed.lower},upperdir=${bed.upper},workdir=${bed.work}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `${layers},${mountOptions[family]}`, bed.merged])
  try {
    return seeTree(plainCalls(bed.layers, bed.merged))
  } finally {
    execFileSync('umount', [bed.merged])
  }
}

/** Carries the change set out on the copy; answers how many redirects there are. */
async function applied(bed: CoreBed, family: MarkFamily, dir: string): Promise<number> {
  mkdirSync(`${dir}/scratch`)
  const { files: ops } = bed
  const open = (path: string): number => ops.openRoot(path as AbsPath)
  const fds = {
    base: open(bed.lower),
    upper: open(bed.upper),
    copy: open(`${dir}/copy`),
    scratch: open(`${dir}/scratch`),
  }
  try {
    const input = { ops, lower: fds.base, upper: fds.upper, family, redirects: 'followed', masks: [] } as const
    const changes = await readChangeSet(input)
    applyChanges({ ops, ...fds }, changes)
    return changes.redirects.length
  } finally {
    for (const fd of Object.values(fds)) ops.close(fd)
  }
}
