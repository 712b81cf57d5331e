import { rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { allowKinds } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { operations, skeleton } from '../../helpers/arbitrary-operations.js'
import { asUser } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, removeTop } from '../../helpers/scratch-session.js'
import { allBackends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { operate, type TreeOperation } from '../../helpers/tree-operations.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 50)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }
const ports = systemPorts()
const { ops } = ports

describe.each(allBackends)('commits of a $name session, path by path', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'partial')
  })
  afterAll(() => removeTop(top))

  it('come to what one commit of everything does', {
    timeout: 60_000 + numRuns * 6_000,
  }, async (context) => {
    need(context, backend.missing())
    let count = 0
    const picks = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(operations, operations, picks, async (before, during, order) => {
        count += 1
        const { merged, project, fresh } = await runOnce(backend, `${top}/${count}`, { before, during, order })
        expect(project).toEqual(merged)
        expect(fresh).toEqual(merged)
      }),
      { numRuns, ...seed },
    )
  })
})

interface Run {
  readonly before: readonly TreeOperation[]
  readonly during: readonly TreeOperation[]
  readonly order: readonly number[]
}

async function runOnce(
  backend: OverlayBackend,
  dir: string,
  { before, during, order }: Run,
): Promise<{ merged: TreeSnapshot; project: TreeSnapshot; fresh: TreeSnapshot }> {
  const scratch = await openScratchSession({
    ports,
    backend,
    dir,
    before: (project) => asUser(backend.user, () => operate(ops, project, [...skeleton, ...before])),
  })
  try {
    asUser(backend.user, () => operate(ops, scratch.merged, during))
  } finally {
    await scratch.unmount()
  }
  const { session, project } = scratch
  const merged = await scratch.snapshot()
  for (let round = 0; ; round += 1) {
    const { changeSet, conflicts } = await reviewSession(ports, session)
    const { changes } = changeSet
    if (changes.length === 0) break
    // A path is asked for until nothing is left: each round must get further.
    expect({ round, conflicts }).toEqual({ round: Math.min(round, 100), conflicts: [] })
    const { path } = changes[(order[round % order.length] ?? 0) % changes.length] as (typeof changes)[number]
    const { applied, pending } = await commitSession(ports, session, { allow: allowKinds, paths: [path], sync: false })
    expect(applied.map((change) => change.path)).toContain(path)
    expect(applied.length + pending.length).toBe(changes.length)
  }
  const result = { merged, project: snapshotTree(ops, project), fresh: await scratch.snapshot() }
  rmSync(dir, { recursive: true, force: true })
  return result
}
