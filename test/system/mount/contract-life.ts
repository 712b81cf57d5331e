import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { holdersBelow, makeBed } from '../../helpers/session-bed.js'
import { quoted } from '../../helpers/session-user.js'
import type { ContractContext } from './contract.js'

/** Unmount, attach, crash and end. */
export function lifeContract({ backend, options, user }: ContractContext): void {
  test('unmounted and attached again, it has what it had', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const named = { ...bed, id: session.id }
    user().sh(`cd ${quoted(session.merged)} && echo new >file && rm dir/two && mkdir -p dir/made`)
    expect(await user().calls.unmount(named)).toMatchObject({ wasMounted: true })
    expect(user().sh(`ls ${quoted(session.merged)}/file`).status).not.toBe(0)
    expect(await user().calls.state(named)).toMatchObject({ state: 'detached', reason: 'unmounted' })
    expect(holdersBelow(bed.top)).toEqual([])
    expect(await user().calls.unmount(named)).toMatchObject({ wasMounted: false })
    const again = await user().calls.attach(named, options)
    expect(again).toMatchObject({ wasMounted: false, session: { record: { backend: backend.name } } })
    expect(user().sh(`cd ${quoted(again.session.merged)} && cat file && ls dir`).stdout).toBe('new\ndeep\nmade\n')
    expect(await user().calls.attach(named)).toMatchObject({ wasMounted: true })
    expect(holdersBelow(bed.top)).toHaveLength(1)
  })

  test('a killed holder is noticed, and nothing is lost', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const named = { ...bed, id: session.id }
    user().sh(`cd ${quoted(session.merged)} && echo new >file`)
    await killAndWait(session.record.holder?.pid as number)
    const expected = backend.diesWithHolder
      ? { state: 'detached', reason: backend.name === 'fuse' ? 'server-died' : 'holder-died' }
      : { state: 'attached', keeperDied: true }
    expect(await user().calls.state(named)).toMatchObject(expected)
    const again = await user().calls.attach(named)
    expect(again.wasMounted).toBe(!backend.diesWithHolder)
    expect(user().sh(`cat ${quoted(again.session.merged)}/file`).stdout).toBe('new\n')
    expect(await user().calls.state(named)).toMatchObject({ state: 'attached', keeperDied: false })
    expect(holdersBelow(bed.top)).toHaveLength(1)
    await user().calls.unmount(named)
    expect(holdersBelow(bed.top)).toEqual([])
  })

  test('is not unmounted or discarded while a process uses it, which is named', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const named = { ...bed, id: session.id }
    const sleeper = spawn('sh', ['-c', 'cd "$1" && exec sleep 100', 'sh', session.merged], {
      uid: user().uid,
      gid: user().uid,
      cwd: '/',
    })
    onTestFinished(() => void sleeper.kill('SIGKILL'))
    await until(() => commandOf(sleeper) === 'sleep')
    for (const call of [user().calls.unmount, user().calls.discard]) {
      const error = await call(named).then(String, (reason) => reason)
      expect(error).toMatchObject({ code: 'SESSION_BUSY' })
      expect(error.message).toContain(`sleep (${sleeper.pid}, cwd)`)
      expect(error.details.processes).toMatchObject([{ pid: sleeper.pid, command: 'sleep' }])
    }
    expect(await user().calls.state(named)).toMatchObject({ state: 'attached' })
    sleeper.kill('SIGKILL')
    await until(() => commandOf(sleeper) === undefined)
    await user().calls.unmount(named)
  })

  test('of two creations of one id, one wins', async () => {
    const bed = makeBed(user())
    const wanted = { ...bed, ...options, id: 'same' as never }
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => user().calls.create(wanted)))
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(failed).toEqual(['SESSION_EXISTS', 'SESSION_EXISTS', 'SESSION_EXISTS'])
    expect(await user().calls.list(bed)).toMatchObject([{ id: 'same', state: { state: 'attached' } }])
    expect(holdersBelow(bed.top)).toHaveLength(1)
    expect(user().sh(`ls -A ${quoted(bed.project)}/.openagentic/sessions`).stdout).toBe('same\n')
  })

  test('of two attachments at once, one mounts', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const named = { ...bed, id: session.id }
    await user().calls.unmount(named)
    const both = await Promise.all([user().calls.attach(named), user().calls.attach(named)])
    expect(both.map(({ wasMounted }) => wasMounted).sort()).toEqual([false, true])
    expect(holdersBelow(bed.top)).toHaveLength(1)
  })

  test('discarded, it leaves nothing behind', async () => {
    const bed = makeBed(user())
    const before = user().sh(`cd ${quoted(bed.project)} && find . | sort`).stdout
    const first = await user().calls.create({ ...bed, ...options })
    const second = await user().calls.create({ ...bed, ...options })
    user().sh(`cd ${quoted(first.session.merged)} && rm -r dir && mkdir -m 0 closed`)
    await user().calls.discard({ ...bed, id: first.session.id })
    expect((await user().calls.list(bed)).map(({ id }) => id)).toEqual([second.session.id])
    await user().calls.discard({ ...bed, id: second.session.id })
    expect(user().sh(`cd ${quoted(bed.project)} && find . | sort`).stdout).toBe(before)
    expect(user().sh(`ls -A ${quoted(bed.stateRoot)}`).stdout).toBe('')
    expect(holdersBelow(bed.top)).toEqual([])
  })

  // A server in JavaScript has all of Node with it.
  const most = backend.name === 'fuse' ? 150 : 5

  test(`the holder keeps below ${most} MB of memory`, async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const status = readFileSync(`/proc/${session.record.holder?.pid}/status`, 'utf8')
    expect(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])).toBeLessThan(most * 1024)
  })
}

async function killAndWait(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until(() => statOf(pid) === undefined || /\) Z /.test(statOf(pid) ?? ''))
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > 1000) throw new Error('It never came about')
    await sleep(10)
  }
}

function commandOf({ pid }: ChildProcess): string | undefined {
  return /\((.*)\) [^Z]/.exec(statOf(pid as number) ?? '')?.[1]
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
}
