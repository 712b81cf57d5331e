import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { pruneUndo } from '../../../src/commit/prune-undo.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import type { Ports } from '../../../src/os/ports.js'
import { SystemError } from '../../../src/os/system-error.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { dyingOps } from '../../helpers/every-kind-of-change.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()
const dayNs = 86_400_000_000_000n

describe.each(backends)('what old $name commits displaced', { timeout: 120_000 }, (backend) => {
  let top = ''
  let scratch: ScratchSession
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'prune')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach(async (context) => {
    need(context, backend.missing())
    count += 1
    const before = (project: string): void =>
      sh(project, 'echo first >a; mkdir closed; echo x >closed/x; chmod 500 closed')
    scratch = await openScratchSession({ ports, backend, dir: `${top}/${count}`, before })
    return () => scratch.unmount()
  })

  /** Commits that each replace one file; none is pruned. */
  const commits = async (number: number): Promise<void> => {
    for (let at = 1; at <= number; at += 1) {
      write('a', `text ${at}`)
      await commitSession(ports, scratch.session, { sync: false, undo: { keep: 99, days: 99 } })
    }
  }
  /** In the session, as its user. */
  const write = (name: string, text: string): void => {
    sh(scratch.merged, `printf '${text}' >${name}`)
  }
  const sh = (cwd: string, script: string): void => {
    execFileSync('sh', ['-ec', script], { cwd, uid: backend.user, gid: backend.user })
  }
  const undoData = (): string[] => {
    const dir = `${scratch.session.dir}/undo`
    return existsSync(dir) ? readdirSync(dir).sort() : []
  }
  const content = (): string => readFileSync(`${scratch.project}/a`, 'utf8')

  it('goes when enough newer commits are kept', async () => {
    await commits(4)
    const all = undoData()
    const { commits: gone, bytes } = pruneUndo(ports, scratch.session, { keep: 2, days: 14 })
    expect(gone).toBe(2)
    expect(bytes).toBeGreaterThan(2 * 4096)
    expect(undoData()).toEqual(all.slice(2))
    expect(pruneUndo(ports, scratch.session, { keep: 2, days: 14 })).toEqual({ commits: 0, bytes: 0, kept: 2 })
    await undoCommit(ports, scratch.session)
    await undoCommit(ports, scratch.session)
    expect(content()).toBe('text 2')
    await expect(undoCommit(ports, scratch.session)).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' })
  })

  it('goes when it is old, by the clock of the machine', async () => {
    await commits(2)
    expect(pruneUndo(later(13n), scratch.session, { keep: 5, days: 14 }).commits).toBe(0)
    expect(pruneUndo(later(15n), scratch.session, { keep: 5, days: 14 }).commits).toBe(2)
    expect(existsSync(`${scratch.session.dir}/undo`)).toBe(false)
  })

  it('goes after each commit, down to five or what is asked for', async () => {
    await commits(7)
    write('a', 'more')
    await commitSession(ports, scratch.session, { dryRun: true })
    expect(undoData()).toHaveLength(7)
    await commitSession(ports, scratch.session)
    expect(undoData()).toHaveLength(5)
    write('a', 'and more')
    await commitSession(ports, scratch.session, { undo: { keep: 1, days: 1 } })
    expect(undoData()).toHaveLength(1)
    await undoCommit(ports, scratch.session)
    expect(content()).toBe('more')
  })

  it('stays where it was rescued, and while a commit waits for its recovery', async () => {
    await commits(3)
    const undo = `${scratch.session.dir}/undo`
    mkdirSync(`${undo}/rescued-1`)
    mkdirSync(`${scratch.session.dir}/journal`)
    expect(pruneUndo(later(99n), scratch.session)).toEqual({ commits: 0, bytes: 0, kept: 3 })
    expect(undoData()).toHaveLength(4)
    rmSync(`${scratch.session.dir}/journal`, { recursive: true })
    expect(pruneUndo(later(99n), scratch.session).commits).toBe(3)
    expect(undoData()).toEqual(['rescued-1'])
  })

  it('is undone as a whole or not at all after a crash in the middle', async () => {
    for (let at = 1; ; at += 1) {
      write('a', `for ${at}`)
      write('b', `for ${at}`)
      await commitSession(ports, scratch.session, { sync: false, undo: { keep: 99, days: 99 } })
      const { ops, count: calls } = dyingOps(ports.ops, at)
      const before = content()
      const died = attempt(() => pruneUndo({ ...ports, ops }, scratch.session, { keep: 0, days: 14 }))
      const isUndone = await undoCommit(ports, scratch.session).then(
        () => true,
        (error: { code: string }) => (error.code === 'NOTHING_TO_UNDO' ? false : Promise.reject(error)),
      )
      const b = readFileIfAny(`${scratch.project}/b`)
      expect({ at, a: content() === before, b: b === before }).toEqual({ at, a: !isUndone, b: !isUndone })
      expect(pruneUndo(ports, scratch.session, { keep: 0, days: 14 })).toBeDefined()
      expect(undoData()).toEqual([])
      if (!died && calls() < at) break
      await commitSession(ports, scratch.session, { sync: false, undo: { keep: 0, days: 14 } })
    }
  })

  it('makes a warning where it cannot be removed: the commit is done', async () => {
    await commits(2)
    write('a', 'done')
    const { ops } = watchedOps(ports.ops, (_call, name, args) => {
      if (name === 'rename' && `${args[3]}`.startsWith('.gone-')) throw new SystemError('EIO', 5, name, 'injected')
    })
    const { warnings } = await commitSession({ ...ports, ops }, scratch.session, { undo: { keep: 0, days: 14 } })
    expect(warnings).toEqual([expect.stringContaining('What older commits displaced could not be removed: ')])
    expect(undoData()).toHaveLength(3)
    expect(content()).toBe('done')
  })

  it('goes with directories that their owner cannot list', async () => {
    sh(scratch.merged, 'chmod 700 closed; rm -r closed; chmod 000 a')
    await commitSession(ports, scratch.session)
    expect(undoData()).toHaveLength(1)
    expect(pruneUndo(ports, scratch.session, { keep: 0, days: 14 }).commits).toBe(1)
    expect(undoData()).toEqual([])
  })
})

function later(days: bigint): Ports {
  const { machine } = ports
  const realtimeNs = (): bigint => machine.realtimeNs() + days * dayNs
  return {
    ...ports,
    machine: new Proxy(machine, { get: (real, key) => (key === 'realtimeNs' ? realtimeNs : Reflect.get(real, key)) }),
  }
}

function attempt(run: () => unknown): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}

function readFileIfAny(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
