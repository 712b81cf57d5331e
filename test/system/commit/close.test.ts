import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { dyingOps, everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { failingOps } from '../../helpers/faulty-ops.js'
import { makeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

describe.each(backends)('a $name commit that closes its session', { timeout: 300_000 }, (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'close')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  interface Prepared {
    readonly scratch: ScratchSession
    readonly before: TreeSnapshot
    readonly after: TreeSnapshot
  }

  const prepared = async (): Promise<Prepared> => {
    count += 1
    const scratch = await everyKindOfChange(backend, `${top}/${count}`)
    return { scratch, before: snapshot(scratch), after: await scratch.snapshot() }
  }

  it('moves files and leaves no mark of overlayfs on them', async () => {
    const { scratch, after } = await prepared()
    const inode = lstatSync(`${scratch.session.upper}/d/n`).ino
    const { closed, warnings } = await commitSession(ports, scratch.session, { close: true })
    expect({ closed, warnings }).toEqual({ closed: true, warnings: [] })
    expect(snapshot(scratch)).toEqual(after)
    expect(lstatSync(`${scratch.project}/d/n`).ino).toBe(inode)
    expect(existsSync(scratch.session.upper)).toBe(false)
    const marks = execFileSync('getfattr', ['-R', '-m', 'overlay', scratch.project], { encoding: 'utf8' })
    expect(marks).toBe('')
  })

  it('is undone, which opens the session again', async () => {
    const { scratch, before, after } = await prepared()
    await commitSession(ports, scratch.session, { close: true })
    await undoCommit(ports, scratch.session)
    expect(snapshot(scratch)).toEqual(before)
    expect(await scratch.snapshot()).toEqual(after)
    const { changeSet, conflicts } = await reviewSession(ports, scratch.session)
    expect([changeSet.changes.length > 10, conflicts]).toEqual([true, []])
    await commitSession(ports, scratch.session, { close: true })
    expect(snapshot(scratch)).toEqual(after)
  })

  it.each(['EIO', 'ENOSPC', 'EACCES'])('is all or nothing, whichever call gives %s', async (code) => {
    let { scratch, before, after } = await prepared()
    let failed = 0
    for (let at = 1; ; at += 1) {
      const faults = failingOps(ports.ops, at, code)
      const error = await commitSession({ ...ports, ops: faults.ops }, scratch.session, { close: true }).catch(
        (reason: unknown) => reason,
      )
      if (error instanceof Error) {
        failed += 1
        if (at > 500) throw error
        expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: before })
        expect(readdirSync(scratch.session.dir)).toEqual(expect.arrayContaining(['upper']))
        expect(readdirSync(scratch.session.dir)).not.toContain('undo')
        continue
      }
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: after })
      if (faults.count() < at) break
      ;({ scratch, before, after } = await prepared())
    }
    expect(failed).toBeGreaterThan(30)
  })

  it('is finished or rolled back after a kill, wherever it was', async () => {
    const outcomes = new Set<string | undefined>()
    for (let at = 1; ; at += 1) {
      const { scratch, before, after } = await prepared()
      const { ops, count: calls } = dyingOps(ports.ops, at)
      const died = await commitSession({ ...ports, ops }, scratch.session, { close: true }).then(
        () => false,
        () => true,
      )
      if (!died && calls() < at) break
      const recovery = await recoverCommit(ports, scratch.session)
      outcomes.add(recovery?.outcome)
      expect(isCutShort(ports, scratch.session)).toBe(false)
      const isOpen = existsSync(scratch.session.upper)
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: isOpen ? before : after })
      if (!isOpen) continue
      expect({ at, tree: await scratch.snapshot() }).toEqual({ at, tree: after })
      await commitSession(ports, scratch.session, { close: true })
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: after })
    }
    expect(outcomes).toEqual(new Set(['finished', 'rolled-back', undefined]))
  })
})

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
