import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { discardChanges } from '../../../src/commit/discard-changes.js'
import { pruneUndo } from '../../../src/commit/prune-undo.js'
import { recoverCommit } from '../../../src/commit/recover-commit.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { absPath, relPath } from '../../../src/paths/rel-path.js'
import { refuseKeptDisplaced } from '../../../src/session/kept-displaced.js'
import { need } from '../../helpers/capability.js'
import { everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()
const [backend] = backends

describe('a journal that is not as it was written', { timeout: 120_000 }, () => {
  let top = ''
  let scratch: ScratchSession
  beforeAll(async () => {
    if (backend === undefined || backend.missing() !== undefined) return
    top = makeTop(backend, 'damaged')
    scratch = await everyKindOfChange(backend, `${top}/0`)
    await dieAmongMoves(scratch)
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend === undefined ? 'no backend' : backend.missing()))

  /** Every way into a session that may lead to its journal. */
  const commands: readonly (readonly [string, () => unknown])[] = [
    ['recover', () => recoverCommit(ports, scratch.session)],
    ['review', () => reviewSession(ports, scratch.session)],
    ['commit', () => commitSession(ports, scratch.session)],
    ['dry run', () => commitSession(ports, scratch.session, { dryRun: true })],
    ['undo', () => undoCommit(ports, scratch.session)],
    ['discard paths', () => discardChanges(ports, scratch.session, { paths: [relPath('a')] })],
    ['discard', () => refuseKeptDisplaced(ports.ops, scratch.session.dir)],
    ['prune', () => pruneUndo(ports, scratch.session)],
  ]

  it.each(['plan', 'mark'])('makes every command refuse, and nothing is touched, if it is the %s', async (name) => {
    const file = `${scratch.session.dir}/journal/${name}`
    const whole = readFileSync(file)
    const flip = Buffer.from(whole)
    flip[whole.length >> 1] = (whole[whole.length >> 1] as number) ^ 4
    for (const damage of [
      () => truncateSync(file, 0),
      () => truncateSync(file, whole.length - 1),
      () => truncateSync(file, whole.length >> 1),
      () => writeFileSync(file, flip),
      () => writeFileSync(file, Buffer.concat([whole, whole])),
      () => rmSync(file),
    ]) {
      damage()
      // Without a mark it is a commit that never came so far.
      const isGone = name === 'mark' && readFileIfAny(file) === undefined
      if (!isGone) await expectRefusals()
      writeFileSync(file, whole)
    }
  })

  it('is recovered from once it is as it was', async () => {
    expect(await recoverCommit(ports, scratch.session)).toMatchObject({ outcome: 'finished', conflicts: [] })
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })

  async function expectRefusals(): Promise<void> {
    const before = state()
    for (const [name, run] of commands) {
      const code = await codeOf(run)
      expect({ name, code }).toEqual({ name, code: codes[name] ?? 'JOURNAL_DAMAGED' })
      expect({ name, state: state() }).toEqual({ name, state: before })
    }
  }

  function state(): unknown[] {
    const { project, session } = scratch
    return [project, `${session.dir}/journal`, `${session.dir}/undo`, session.upper].map((path) =>
      snapshotTree(ports.ops, absPath(path)),
    )
  }
})

const codes: Readonly<Record<string, string>> = { discard: 'DISPLACED_KEPT', prune: 'nothing done' }

async function codeOf(run: () => unknown): Promise<unknown> {
  try {
    await run()
    return 'nothing done'
  } catch (error) {
    return (error as { code?: string }).code ?? error
  }
}

function readFileIfAny(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** Cuts a commit short after its third move. */
async function dieAmongMoves({ session, project }: ScratchSession): Promise<void> {
  const before = snapshotTree(ports.ops, project)
  let moves = 0
  const { ops } = watchedOps(ports.ops, (_call, name, args) => {
    if (moves > 0 || (name === 'rename' && args[3] === 'mark')) moves += 1
    if (moves > 5) throw new Error('killed')
  })
  await expect(commitSession({ ...ports, ops }, session)).rejects.toThrow('killed')
  expect(snapshotTree(ports.ops, project)).not.toEqual(before)
}
