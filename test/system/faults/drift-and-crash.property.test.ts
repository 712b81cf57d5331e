import { rmSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { allowKinds, type CommitOptions } from '../../../src/commit/types.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import type { Ports } from '../../../src/os/ports.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { Session } from '../../../src/session/session.js'
import { operations, skeleton } from '../../helpers/arbitrary-operations.js'
import { asUser } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { failureOf } from '../../helpers/crash-points.js'
import { dyingOps } from '../../helpers/every-kind-of-change.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { mustBeTheirsOrTarget, withoutDirectoryTimes } from '../../helpers/person-oracle.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { operate, type TreeOperation } from '../../helpers/tree-operations.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 30)
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }
const ports = systemPorts()
const { ops } = ports
const options: CommitOptions = { allow: allowKinds, onConflict: 'skip' }

describe.each(backends)('a $name session, a person, and a crash', (backend) => {
  let top = ''
  const tried = nothingTried()
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'drift')
  })
  afterAll(() => {
    reportTried(tried)
    rmSync(top, { recursive: true, force: true })
  })

  it('end with the old tree or the new one, but for what the person did after the crash', {
    timeout: 60_000 + numRuns * 6_000,
  }, async (context) => {
    need(context, backend.missing())
    let count = 0
    // A person who sets times back as well cannot be told from nobody.
    const drift = operations.map((steps) => steps.filter((step) => step.do !== 'utimes').slice(0, 6))
    const crash = fc.nat({ max: 1000 })
    await fc.assert(
      fc.asyncProperty(operations, operations, drift, drift, crash, crash, async (before, during, ...rest) => {
        const [earlier, later, at, again] = rest
        count += 1
        const run = { before, during, earlier, later, at, again }
        tried.crashes += await runOnce(backend, `${top}/${count}`, run)
      }),
      { numRuns, ...seed },
    )
  })
})

interface Run {
  readonly before: readonly TreeOperation[]
  readonly during: readonly TreeOperation[]
  /** What the person does after the session did, and after the crash. */
  readonly earlier: readonly TreeOperation[]
  readonly later: readonly TreeOperation[]
  /** Where the commit and its first recovery are killed. */
  readonly at: number
  readonly again: number
}

/** @returns how often something was killed */
async function runOnce(backend: OverlayBackend, dir: string, run: Run): Promise<number> {
  const { before, during, earlier, later, at, again } = run
  const scratch = await openScratchSession({
    ports,
    backend,
    dir,
    before: (project) => asUser(backend.user, () => operate(ops, project, [...skeleton, ...before])),
  })
  const { session, project, merged } = scratch
  try {
    asUser(backend.user, () => operate(ops, merged, during))
  } finally {
    await scratch.unmount()
  }
  const tree = (): TreeSnapshot => withoutDirectoryTimes(snapshotTree(ops, project))
  const person = (steps: readonly TreeOperation[]): void => asUser(backend.user, () => operate(ops, project, steps))
  person(earlier)
  const old = tree()
  // What it comes to when nobody is in the way.
  const whole = watchedOps(ops, () => undefined)
  const through = await committed({ ...ports, ops: whole.ops }, session)
  const wanted = tree()
  if (through) await undoCommit(ports, session)
  expect(tree()).toEqual(old)

  const dying = dyingOps(ops, 1 + (at % whole.count()))
  await failureOf(() => commitSession({ ...ports, ops: dying.ops }, session, options))
  const between = tree()
  const held = snapshotTree(ops, session.dir)
  person(later)
  const theirs = tree()
  const first = dyingOps(ops, 1 + (again % 40))
  await failureOf(() => recoverCommit({ ...ports, ops: first.ops }, session))
  const recovery = await recoverCommit(ports, session)
  expect(isCutShort(ports, session)).toBe(false)
  const kept = snapshotTree(ops, session.dir)
  const end = tree()
  mustBeTheirsOrTarget({ tree: end, old, wanted, between, theirs, held, kept, conflicts: recovery?.conflicts ?? [] })
  if (!(await committed(ports, session))) expect(tree()).toEqual(end)
  rmSync(dir, { recursive: true, force: true })
  return 2
}

/** `false` where there is nothing to commit, or a conflict that nothing but the person can mend: a directory that holds changes alone is gone. */
async function committed(using: Ports, session: Session): Promise<boolean> {
  try {
    return (await commitSession(using, session, options)).applied.length > 0
  } catch (error) {
    expect(error).toMatchObject({ code: 'COMMIT_CONFLICT', details: { conflicts: [{ reason: 'parent' }] } })
    return false
  }
}
