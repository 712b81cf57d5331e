import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need } from '../../helpers/capability.js'
import { dyingOps, everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { failingOps } from '../../helpers/faulty-ops.js'
import { makeTop, removeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { allBackends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

describe.each(allBackends)('undo of a $name commit', { timeout: 300_000 }, (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'undo')
  })
  afterAll(() => removeTop(top))
  beforeEach((context) => need(context, backend.missing()))

  /** A committed session, with what the project was and is. */
  const committed = async (): Promise<{ scratch: ScratchSession; before: TreeSnapshot; after: TreeSnapshot }> => {
    count += 1
    const scratch = await everyKindOfChange(backend, `${top}/${count}`)
    const before = snapshot(scratch)
    await commitSession(ports, scratch.session)
    return { scratch, before, after: snapshot(scratch) }
  }

  it('puts back every kind of change, which is pending again', async () => {
    const { scratch, before, after } = await committed()
    const pending = await reviewSession(ports, scratch.session)
    expect(pending.changeSet.changes).toEqual([])
    const { restored, warnings } = await undoCommit(ports, scratch.session)
    expect(restored.length).toBeGreaterThan(10)
    expect(warnings).toEqual([])
    expect(snapshot(scratch)).toEqual(before)
    const { changeSet, conflicts } = await reviewSession(ports, scratch.session)
    expect(changeSet.changes.length).toBeGreaterThan(10)
    expect(conflicts).toEqual([])
    await commitSession(ports, scratch.session)
    expect(snapshot(scratch)).toEqual(after)
    await undoCommit(ports, scratch.session)
    expect(snapshot(scratch)).toEqual(before)
    await expect(undoCommit(ports, scratch.session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' })
  })

  it('changes nothing with dryRun', async () => {
    const { scratch, after } = await committed()
    const { dryRun, restored } = await undoCommit(ports, scratch.session, { dryRun: true })
    expect({ dryRun, tree: snapshot(scratch) }).toEqual({ dryRun: true, tree: after })
    expect(restored).toContain('a')
  })

  it.each([
    ['wrote to a file that was replaced', 'echo p >> a', 'changed a'],
    ['replaced a file by rename', 'echo p > t && mv t a', 'changed a'],
    ['removed a file', 'rm d/n', 'vanished d/n'],
    ['made a file where one was removed', 'mkdir gone', 'appeared gone'],
    ['put a file into a new directory', 'echo p > n/m/p', 'unknown-entry n'],
    ['changed a mode', 'chmod 640 b', 'changed b'],
  ])('stops where somebody %s since', async (_what, script, conflict) => {
    const { scratch } = await committed()
    execFileSync('sh', ['-ec', script], { cwd: scratch.project, uid: backend.user, gid: backend.user })
    const edited = snapshot(scratch)
    const error = await undoCommit(ports, scratch.session).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'COMMIT_CONFLICT' })
    const { conflicts } = (error as { details: { conflicts: { path: string; reason: string }[] } }).details
    expect(conflicts.map(({ reason, path }) => `${reason} ${path}`)).toEqual([conflict])
    expect(snapshot(scratch)).toEqual(edited)
  })

  it('does not mind what was only touched, and leaves alone what others made', async () => {
    const { scratch, before } = await committed()
    utimesSync(`${scratch.project}/d/sub`, 5, 5)
    writeFileSync(`${scratch.project}/d/other`, 'theirs')
    await undoCommit(ports, scratch.session)
    expect(readFileSync(`${scratch.project}/d/other`, 'utf8')).toBe('theirs')
    rmSync(`${scratch.project}/d/other`)
    const now = snapshot(scratch)
    expect([...now.keys()]).toEqual([...before.keys()])
    expect(now.get(relPath('d/sub/y'))).toEqual(before.get(relPath('d/sub/y')))
  })

  it('makes a conflict of what had gone over one', async () => {
    count += 1
    const scratch = await everyKindOfChange(backend, `${top}/${count}`)
    writeFileSync(`${scratch.project}/d/x`, 'kept')
    writeFileSync(`${scratch.project}/a`, 'theirs')
    await commitSession(ports, scratch.session, { onConflict: 'ours' })
    await undoCommit(ports, scratch.session)
    expect(readFileSync(`${scratch.project}/a`, 'utf8')).toBe('theirs')
    const { conflicts } = await reviewSession(ports, scratch.session)
    expect(conflicts.map(({ path }) => path)).toContain('a')
  })

  it.each(['EIO', 'ENOSPC'])('is all or nothing, whichever call gives %s', async (code) => {
    let { scratch, after } = await committed()
    let failed = 0
    for (let at = 1; ; at += 1) {
      const faults = failingOps(ports.ops, at, code)
      const error = await undoCommit({ ...ports, ops: faults.ops }, scratch.session).catch((reason: unknown) => reason)
      if (error instanceof Error) {
        failed += 1
        if (at > 400) throw error
        expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: after })
        continue
      }
      if (faults.count() < at) break
      ;({ scratch, after } = await committed())
    }
    expect(failed).toBeGreaterThan(20)
  })

  it('is finished or rolled back after a kill, wherever it was', async () => {
    for (let at = 1; ; at += 1) {
      const { scratch, before, after } = await committed()
      const { ops, count: calls } = dyingOps(ports.ops, at)
      const died = await undoCommit({ ...ports, ops }, scratch.session).then(
        () => false,
        () => true,
      )
      if (!died && calls() < at) break
      await recoverCommit(ports, scratch.session)
      expect(isCutShort(ports, scratch.session)).toBe(false)
      const now = snapshot(scratch)
      const isUndone = now.get(relPath('a'))?.content === before.get(relPath('a'))?.content
      expect({ at, tree: now }).toEqual({ at, tree: isUndone ? before : after })
      const { changeSet } = await reviewSession(ports, scratch.session)
      expect({ at, pending: changeSet.changes.length > 0 }).toEqual({ at, pending: isUndone })
    }
  })
})

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
