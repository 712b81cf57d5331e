import { rmSync, statSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { asUserToTheEnd } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()
const backend = backends.find(({ user }) => user !== 0)

describe("a plain user's session that root works on", { timeout: 120_000 }, () => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend !== undefined && backend.missing() === undefined) top = makeTop(backend, 'foreign')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend === undefined ? 'no backend of plain users' : backend.missing()))

  /** A session whose commit was cut short among its moves, by `user`. */
  const cutShort = async (user: number): Promise<{ scratch: ScratchSession; before: TreeSnapshot }> => {
    count += 1
    const scratch = await everyKindOfChange(backend as NonNullable<typeof backend>, `${top}/${count}`)
    const before = snapshot(scratch)
    let moves = 0
    const { ops } = watchedOps(ports.ops, (_call, name, args) => {
      if (moves > 0 || (name === 'rename' && args[3] === 'mark')) moves += 1
      if (moves > 5) throw new Error('killed')
    })
    const commit = (): Promise<unknown> => commitSession({ ...ports, ops }, scratch.session).catch(() => undefined)
    await asUserToTheEnd(user, commit)
    expect(isCutShort(ports, scratch.session)).toBe(true)
    return { scratch, before }
  }
  const asUser = <T>(work: () => Promise<T>): Promise<T> => asUserToTheEnd(backend?.user ?? 0, work)

  it('is left alone where the user wrote the journal: it would set owners and modes with the rights of root', async () => {
    const { scratch } = await cutShort(backend?.user ?? 0)
    const between = snapshot(scratch)
    for (const command of [recoverCommit, reviewSession, commitSession, undoCommit]) {
      await expect(command(ports, scratch.session)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' })
    }
    expect(snapshot(scratch)).toEqual(between)
    expect(await asUser(() => recoverCommit(ports, scratch.session))).toMatchObject({ outcome: 'finished' })
    expect(snapshot(scratch)).toEqual(await scratch.snapshot())
    await expect(undoCommit(ports, scratch.session)).rejects.toMatchObject({ code: 'JOURNAL_FOREIGN' })
  })

  it('is recovered by root where root wrote the journal', async () => {
    const { scratch } = await cutShort(0)
    expect(statSync(`${scratch.session.dir}/journal/plan`).uid).toBe(0)
    expect(await recoverCommit(ports, scratch.session)).toMatchObject({ outcome: 'finished' })
    expect(snapshot(scratch)).toEqual(await scratch.snapshot())
  })

  it('is recovered and undone by the user as well then', async () => {
    const { scratch, before } = await cutShort(0)
    expect(await asUser(() => recoverCommit(ports, scratch.session))).toMatchObject({ outcome: 'finished' })
    await asUser(() => undoCommit(ports, scratch.session))
    expect(snapshot(scratch)).toEqual(before)
  })
})

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
