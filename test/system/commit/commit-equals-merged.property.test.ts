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
import { allBackends, lesserBackends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { operate, type TreeOperation } from '../../helpers/tree-operations.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 100)
/** The same sessions each time, so that a red run is about the change; others are asked for by hand. */
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }
const ports = systemPorts()
const { ops } = ports

describe.each([...allBackends, ...lesserBackends])('a commit of a $name session', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'commit')
  })
  afterAll(() => removeTop(top))

  it('makes the project what merged showed, and a second one finds nothing', {
    timeout: 60_000 + numRuns * 3_000,
  }, async (context) => {
    need(context, backend.missing())
    let count = 0
    await fc.assert(
      fc.asyncProperty(operations, operations, async (before, during) => {
        count += 1
        const { merged, project, fresh, again } = await runOnce(backend, `${top}/${count}`, before, during)
        expect(project).toEqual(merged)
        expect(fresh).toEqual(merged)
        expect(again).toEqual([])
      }),
      { numRuns: backend.shownBy === undefined ? numRuns : Math.ceil(numRuns / 4), ...seed },
    )
  })
})

async function runOnce(
  backend: OverlayBackend,
  dir: string,
  before: readonly TreeOperation[],
  during: readonly TreeOperation[],
): Promise<{ merged: TreeSnapshot; project: TreeSnapshot; fresh: TreeSnapshot; again: string[] }> {
  const { operations: asked = (steps) => [...steps] } = backend
  const scratch = await openScratchSession({
    ports,
    backend,
    dir,
    before: (project) => asUser(backend.user, () => operate(ops, project, [...skeleton, ...asked(before)])),
  })
  try {
    asUser(backend.user, () => operate(ops, scratch.merged, asked(during)))
  } finally {
    await scratch.unmount()
  }
  const merged = await scratch.snapshot()
  // As the user from the first call to the last: asUser cannot stay through an await, so both go by root's rights.
  const { session, project } = scratch
  await commitSession(ports, session, { allow: allowKinds })
  const committed = snapshotTree(ops, project)
  const fresh = await scratch.snapshot()
  const second = await reviewSession(ports, session)
  rmSync(dir, { recursive: true, force: true })
  return {
    merged,
    project: committed,
    fresh,
    again: second.changeSet.changes.map(({ path, kind }) => `${kind} ${path}`),
  }
}
