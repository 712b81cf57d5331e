import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'

describe.each([
  ['root', 0],
  ['a plain user', accountUser],
] as const)('the server of a session of %s', (_who, uid) => {
  let user: SessionUser | undefined
  beforeAll(async () => {
    if (noFuse() === undefined) user = await startUser(uid)
  })
  afterAll(() => user?.stop())
  beforeEach((context) => need(context, noFuse()))

  test('takes the mount away when it is asked to end', async () => {
    const { calls, sh } = user as SessionUser
    const bed = makeBed(user as SessionUser)
    const { session } = await calls.create({ ...bed, backend: 'fuse' })
    const named = { ...bed, id: session.id }
    sh(`echo kept >${quoted(session.merged)}/kept`)
    process.kill(session.record.holder?.pid as number, 'SIGTERM')
    await until(() => !readFileSync('/proc/self/mountinfo', 'latin1').includes(`${bed.top}/`))
    await until(async () => (await calls.state(named)).state === 'detached')
    expect(await calls.state(named)).toMatchObject({ reason: 'holder-died' })
    expect(readFileSync(`${session.dir}/fuse.log`, 'utf8')).toBe('')
    await calls.attach(named, { backend: 'fuse' })
    expect(sh(`cat ${quoted(session.merged)}/kept`).stdout).toBe('kept\n')
    await calls.unmount(named)
  })

  test('has as much open after work as before it', async () => {
    const { calls, sh } = user as SessionUser
    const bed = makeBed(user as SessionUser)
    const { session } = await calls.create({ ...bed, backend: 'fuse' })
    const { pid } = session.record.holder as { pid: number }
    const work = `cd ${quoted(session.merged)} || exit
      for d in $(seq 40); do mkdir -p new/$d && for f in $(seq 25); do echo $f >new/$d/$f; done; done
      grep -rc . . >/dev/null; { sleep 100 <new/1/1 & } ; kill -9 $!; find . | wc -l; echo more >>dir/two; rm -r new`
    const open = (): number => readdirSync(`/proc/${pid}/fd`).length
    // What the kernel knows no more the server needs no more.
    const forget = (): void => writeFileSync('/proc/sys/vm/drop_caches', '2')
    expect(sh(work).stdout).toBe('1048\n')
    forget()
    await sleep(1000)
    const before = open()
    for (let round = 0; round < 3; round += 1) expect(sh(work).stdout).toBe('1048\n')
    await until(() => {
      forget()
      return open() <= before
    })
    await calls.unmount({ ...bed, id: session.id })
  })

  test('killed while files are written, time and again, it loses none that was synced, and the session commits', {
    timeout: 300_000,
  }, async () => {
    const { calls, sh } = user as SessionUser
    const bed = makeBed(user as SessionUser)
    let { session } = await calls.create({ ...bed, backend: 'fuse' })
    const named = { ...bed, id: session.id }
    const synced: string[] = []
    for (let round = 0; round < rounds; round += 1) {
      const writer = startWriter(session.merged, round, uid)
      await until(() => writer.lines().length > 0)
      await sleep((round * 37) % 180)
      process.kill(session.record.holder?.pid as number, 'SIGKILL')
      await until(async () => (await calls.state(named)).state === 'detached')
      synced.push(...(await writer.stop()))
      expect(await calls.state(named)).toMatchObject({ reason: 'server-died' })
      ;({ session } = await calls.attach(named, { backend: 'fuse' }))
    }
    expect(synced.length).toBeGreaterThan(rounds)
    const contents = (dir: string): string => sh(`cd ${quoted(dir)} && cat ${synced.join(' ')}`).stdout
    const wanted = synced.map((name) => `${name}\n`).join('')
    expect(contents(session.merged)).toBe(wanted)
    const lines = sh(`cat ${quoted(session.merged)}/file`).stdout
    expect(lines).toMatch(/^base\n/)
    const { applied } = await commitSession(systemPorts(), session)
    expect(applied.length).toBeGreaterThan(synced.length)
    expect(contents(bed.project)).toBe(wanted)
    expect(sh(`cat ${quoted(bed.project)}/file`).stdout).toBe(lines)
    await calls.unmount(named)
  })
})

/** Kills of one user's server. */
const rounds = 25

interface Writer {
  /** Names of files that are synced, and hold their name. */
  lines(): string[]
  stop(): Promise<string[]>
}

/** Makes one file after the other until it fails, each synced, and adds to a file of the project's. */
function startWriter(merged: string, round: number, uid: number): Writer {
  const script = `cd ${quoted(merged)} || exit; while :; do i=$((i+1)); f=f${round}-$i
    echo $f >$f && sync $f && echo $f || exit; echo ${round} >>file || exit; done 2>&1`
  const writer = spawn('timeout', ['-s', 'KILL', '20', 'sh', '-c', script], { uid, gid: uid, cwd: '/' })
  onTestFinished(() => void writer.kill('SIGKILL'))
  const said: Buffer[] = []
  writer.stdout.on('data', (piece: Buffer) => said.push(piece))
  const closed = once(writer, 'close')
  const lines = (): string[] =>
    Buffer.concat(said)
      .toString()
      .match(/^f\d+-\d+$/gm) ?? []
  return {
    lines,
    async stop() {
      writer.kill('SIGKILL')
      writer.stdout.destroy()
      await closed
      return lines()
    },
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 1000) throw new Error('It never came about')
    await sleep(10)
  }
}
