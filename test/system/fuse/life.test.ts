import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
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

  test('killed while files are written, it loses none that was synced', async () => {
    const { calls, sh } = user as SessionUser
    const bed = makeBed(user as SessionUser)
    let { session } = await calls.create({ ...bed, backend: 'fuse' })
    const named = { ...bed, id: session.id }
    const synced: string[] = []
    for (const [round, delay] of [30, 60, 120, 200].entries()) {
      const script = `cd ${quoted(session.merged)} && while :; do i=$((i+1)); echo $i >f${round}-$i && sync f${round}-$i && echo ${round}-$i || exit; done 2>&1`
      const writer = spawn('timeout', ['-s', 'KILL', '20', 'sh', '-c', script], { uid, gid: uid, cwd: '/' })
      onTestFinished(() => void writer.kill('SIGKILL'))
      const said: Buffer[] = []
      writer.stdout.on('data', (piece: Buffer) => said.push(piece))
      const closed = once(writer, 'close')
      await until(() => said.length > 0)
      await sleep(delay)
      process.kill(session.record.holder?.pid as number, 'SIGKILL')
      await until(async () => (await calls.state(named)).state === 'detached')
      writer.kill('SIGKILL')
      writer.stdout.destroy()
      await closed
      synced.push(
        ...(Buffer.concat(said)
          .toString()
          .match(/^\d+-\d+$/gm) ?? []),
      )
      expect(await calls.state(named)).toMatchObject({ reason: 'server-died' })
      ;({ session } = await calls.attach(named, { backend: 'fuse' }))
    }
    expect(synced.length).toBeGreaterThan(4)
    const wanted = synced.map((name) => `${name.split('-')[1]}\n`).join('')
    expect(sh(`cd ${quoted(session.merged)} && cat ${synced.map((name) => `f${name}`).join(' ')}`).stdout).toBe(wanted)
    await calls.unmount(named)
  })
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 1000) throw new Error('It never came about')
    await sleep(10)
  }
}
