import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { discardChanges } from '../../../src/commit/discard-changes.js'
import { discardExpired } from '../../../src/commit/discard-expired.js'
import { pruneUndo } from '../../../src/commit/prune-undo.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import type { UndoRetention } from '../../../src/commit/types.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { absPath, relPath } from '../../../src/paths/rel-path.js'
import { attachSession } from '../../../src/session/attach-session.js'
import { lockCommits } from '../../../src/session/commit-lock.js'
import { createSession } from '../../../src/session/create-session.js'
import { discardSession } from '../../../src/session/discard-session.js'
import { isClosed } from '../../../src/session/is-closed.js'
import { listSessions } from '../../../src/session/list-sessions.js'
import type { Session } from '../../../src/session/session.js'
import { sessionState } from '../../../src/session/session-state.js'
import { unmountSession } from '../../../src/session/unmount-session.js'
import { sessionUsage } from '../../../src/session/usage.js'
import { need, noRoot } from '../../helpers/capability.js'
import { removeBed } from '../../helpers/session-bed.js'

const ports = systemPorts()
const none: UndoRetention = { keep: 0, days: 14 }
const all: UndoRetention = { keep: 99, days: 99 }

let top = ''
beforeEach((context) => {
  need(context, noRoot())
  top = mkdtempSync(`${tmpdir()}/oa-closed-`)
  mkdirSync(`${top}/project`)
  sh(`${top}/project`, 'echo base >file; mkdir dir; head -c 1500000 /dev/urandom >dir/large')
  return () => removeBed(top)
})

describe('a closed session', () => {
  it('is told by its upper, which an undo brings back', async () => {
    const session = await closed()
    expect([isClosed(ports, session), sessionState(ports, session)]).toEqual([true, { state: 'closed' }])
    expect(listed()).toEqual([{ state: 'closed' }])
    // What the commit displaced.
    expect(sessionUsage(ports.ops, session)).toBeGreaterThan(1_500_000)
    await undoCommit(ports, session)
    expect(listed()).toMatchObject([{ state: 'detached', reason: 'unmounted' }])
    const { changeSet } = await reviewSession(ports, session)
    expect(changeSet.changes.map(({ path }) => path)).toContain('dir/new')
    const again = await attachSession(ports, session)
    expect(readFileSync(`${again.session.merged}/file`, 'utf8')).toBe('changed\n')
  })

  it('is refused where there is nothing left to do', async () => {
    const session = await closed()
    const paths = [relPath('file')]
    const uses: readonly (() => Promise<unknown>)[] = [
      () => attachSession(ports, session),
      () => unmountSession(ports, session),
      () => reviewSession(ports, session),
      () => commitSession(ports, session),
      () => commitSession(ports, session, { dryRun: true }),
      () => discardChanges(ports, session, { paths }),
      () => discardChanges(ports, session, { paths, dryRun: true }),
    ]
    for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    expect(listed()).toEqual([{ state: 'closed' }])
    await undoCommit(ports, session)
    expect(readFileSync(`${top}/project/file`, 'utf8')).toBe('base\n')
  })

  it('is none while a commit waits for its recovery, or when the layers are out of reach', async () => {
    const session = await closed()
    mkdirSync(`${session.dir}/journal`)
    expect(isClosed(ports, session)).toBe(false)
    const apart = await made({ stateDir: absPath(`${top}/elsewhere`) })
    await unmountSession(ports, apart)
    renameSync(apart.upper, `${top}/away`)
    expect([isClosed(ports, apart), sessionState(ports, apart).state]).toEqual([false, 'detached'])
    expect(await discardExpired(ports, apart, none)).toBe(false)
    renameSync(`${top}/away`, apart.upper)
  })

  it('says that there is nothing to undo once somebody removed its undo data', async () => {
    const session = await closed()
    rmSync(`${session.dir}/undo`, { recursive: true })
    await expect(undoCommit(ports, session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' })
  })

  it('can be discarded', async () => {
    await discardSession(ports, await closed())
    expect(readdirSync(`${top}/project`).sort()).toEqual(['dir', 'file'])
  })
})

describe('what a closed session keeps', () => {
  it('goes with the session alone, unlike that of its older commits', async () => {
    const session = await made()
    sh(session.merged, 'echo earlier >file')
    await commitSession(ports, session, { undo: all })
    sh(session.merged, 'echo later >file')
    await commitSession(ports, session, { undo: all, close: true })
    expect(pruneUndo(ports, session, none)).toMatchObject({ commits: 1, kept: 1 })
    expect(pruneUndo(ports, session, none)).toEqual({ commits: 0, bytes: 0, kept: 1 })
    await undoCommit(ports, session)
    expect(readFileSync(`${top}/project/file`, 'utf8')).toBe('earlier\n')
    expect(isClosed(ports, session)).toBe(false)
  })

  it('stays after a commit that keeps nothing, until the session goes', async () => {
    const session = await closed(none)
    expect(readdirSync(`${session.dir}/undo`)).toHaveLength(1)
    expect(await discardExpired(ports, session, all)).toBe(false)
    expect(await discardExpired(ports, session, none)).toBe(true)
    expect(existsSync(session.dir)).toBe(false)
    expect(readFileSync(`${top}/project/file`, 'utf8')).toBe('changed\n')
  })

  it('is not removed with an open session, what was rescued, or while it may be undone', async () => {
    const session = await closed()
    const lock = lockCommits(ports.ops, session.project)
    await expect(discardExpired(ports, session, none)).rejects.toMatchObject({ code: 'ALREADY_COMMITTING' })
    lock.release()
    mkdirSync(`${session.dir}/undo/rescued-1`)
    await expect(discardExpired(ports, session, none)).rejects.toMatchObject({ code: 'DISPLACED_KEPT' })
    rmSync(`${session.dir}/undo/rescued-1`, { recursive: true })
    await undoCommit(ports, session)
    expect(await discardExpired(ports, session, none)).toBe(false)
    expect(existsSync(session.upper)).toBe(true)
  })
})

async function made(options: { stateDir?: ReturnType<typeof absPath> } = {}): Promise<Session> {
  const scope = { project: absPath(`${top}/project`), stateRoot: absPath(`${top}/state`) }
  return (await createSession(ports, { ...scope, ...options, backend: 'kernel' })).session
}

async function closed(undo: UndoRetention = all): Promise<Session> {
  const session = await made()
  sh(session.merged, 'echo changed >file; echo new >dir/new; rm dir/large')
  const { closed: isDone } = await commitSession(ports, session, { close: true, undo })
  expect(isDone).toBe(true)
  return session
}

function listed(): unknown[] {
  const scope = { project: absPath(`${top}/project`), stateRoot: absPath(`${top}/state`) }
  return listSessions(ports, scope).map(({ state }) => state)
}

function sh(cwd: string, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd })
}
