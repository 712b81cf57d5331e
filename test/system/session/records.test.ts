import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { need, noRoot } from '../../helpers/capability.js'
import { noFuse } from '../../helpers/fuse-bed.js'
import { plainUser } from '../../helpers/holder.js'
import { holdersBelow, makeBed, type SessionBed } from '../../helpers/session-bed.js'
import { type SessionUser, startUser } from '../../helpers/session-user.js'

type Fields = Record<string, unknown> & { holder: Record<string, unknown> | null }

describe('what a record says is held against the truth', () => {
  let plain: SessionUser
  let root: SessionUser
  beforeAll(async () => {
    if (noRoot() === undefined) [plain, root] = await Promise.all([startUser(plainUser), startUser(0)])
  })
  afterAll(() => {
    plain?.stop()
    root?.stop()
  })
  beforeEach((context) => need(context, noRoot()))

  test('a corrupt record is said, and spoils no other session', async () => {
    const bed = makeBed(plain)
    await plain.calls.create({ ...bed, id: 'bad' as never })
    await plain.calls.create({ ...bed, id: 'good' as never })
    writeFileSync(fileOf(bed, 'bad'), '{"version":1')
    expect(await plain.calls.list(bed)).toMatchObject([
      { id: 'bad', problem: 'SESSION_CORRUPT' },
      { id: 'good', state: { state: 'attached' } },
    ])
    await expect(plain.calls.open({ ...bed, id: 'bad' })).rejects.toMatchObject({ code: 'SESSION_CORRUPT' })
  })

  test('after a reboot it is detached, and attaches again', async () => {
    const { bed, named } = await made(plain)
    edit(bed, (fields) => ({ ...fields, holder: { ...fields.holder, bootId: 'another' } }))
    for (const { pid } of holdersBelow(bed.top)) process.kill(pid, 'SIGKILL')
    expect(await plain.calls.state(named)).toMatchObject({ state: 'detached', reason: 'rebooted' })
    expect(await plain.calls.attach(named)).toMatchObject({ wasMounted: false })
  })

  test('a process that has the id of a dead holder is none', async () => {
    const { bed, named } = await made(plain)
    for (const { pid } of holdersBelow(bed.top)) process.kill(pid, 'SIGKILL')
    edit(bed, (fields) => ({ ...fields, holder: { ...fields.holder, pid: process.pid } }))
    expect(await plain.calls.state(named)).toMatchObject({ state: 'detached', reason: 'holder-died' })
  })

  test('root ends and unmounts nothing but a holder of the session’s owner', async () => {
    const { bed, named } = await made(plain)
    await plain.calls.unmount(named)
    for (const uid of [0, plainUser]) {
      const victim = spawn('sleep', ['100'], { uid })
      onTestFinished(() => void victim.kill())
      const holder = { pid: victim.pid, startTime: startOf(victim), bootId: bootId() }
      edit(bed, (fields) => ({ ...fields, holder }))
      expect(await root.calls.state(named)).toMatchObject({ state: 'detached' })
      await root.calls.unmount(named)
      expect(victim.exitCode ?? victim.signalCode).toBeNull()
      expect(readFileSync(`/proc/${victim.pid}/stat`, 'latin1')).toMatch(/\(sleep\) S/)
    }
  })

  test('root ends no holder of another session', async () => {
    const { bed, named } = await made(plain)
    await plain.calls.unmount(named)
    const other = makeBed(root)
    const { session } = await root.calls.create(other)
    const { pid, startTime } = session.record.holder as { pid: number; startTime: bigint }
    edit(bed, (fields) => ({ ...fields, holder: { pid, startTime: `${startTime}`, bootId: bootId() } }))
    expect(await root.calls.state(named)).toMatchObject({ state: 'detached' })
    await root.calls.attach(named)
    expect(await root.calls.state({ ...other, id: session.id })).toMatchObject({ state: 'attached', keeperDied: false })
  })

  test.for([
    ['a directory of somebody else', (bed: SessionBed) => `${bed.top}/precious`],
    ['one that is named like it', (bed: SessionBed, key: string) => `${bed.top}/precious/${key}/one`],
  ] as const)('layers that are %s are not touched', async ([, place]) => {
    const bed = makeBed(plain)
    const { session } = await plain.calls.create({ ...bed, id: 'one' as never, stateDir: `${bed.top}/far` as never })
    await plain.calls.unmount({ ...bed, id: 'one' })
    const key = session.layers.split('/').at(-2) as string
    const layers = place(bed, key)
    execFileSync('sh', ['-c', 'mkdir -p "$1/upper" && echo keep >"$1/upper/kept"', 'sh', layers])
    edit(bed, (fields) => ({ ...fields, layers }))
    await expect(root.calls.discard({ ...bed, id: 'one' })).rejects.toMatchObject({ code: 'SESSION_CORRUPT' })
    expect(readFileSync(`${layers}/upper/kept`, 'utf8')).toBe('keep\n')
  })

  test('trusted marks count in root’s sessions alone', async () => {
    const { bed, named } = await made(plain)
    await plain.calls.unmount(named)
    edit(bed, (fields) => ({ ...fields, family: 'trusted', backend: 'kernel' }))
    await expect(root.calls.attach(named)).rejects.toMatchObject({ code: 'SESSION_CORRUPT' })
  })

  test('a mount that a crash kept out of the record is found', async () => {
    const { bed, named } = await made(plain)
    edit(bed, (fields) => ({ ...fields, holder: null }))
    expect(await plain.calls.attach(named)).toMatchObject({ wasMounted: true })
    expect(holdersBelow(bed.top)).toHaveLength(1)
    edit(bed, (fields) => ({ ...fields, holder: null }))
    expect(await plain.calls.unmount(named)).toMatchObject({ wasMounted: true })
    expect(holdersBelow(bed.top)).toEqual([])
  })

  test('a mount that somebody took away is said, and made again', async () => {
    const bed = makeBed(root)
    const { session } = await root.calls.create({ ...bed, id: 'one' as never })
    execFileSync('umount', [session.merged])
    const named = { ...bed, id: 'one' }
    expect(await root.calls.state(named)).toMatchObject({ state: 'detached', reason: 'mount-gone' })
    expect(await root.calls.attach(named)).toMatchObject({ wasMounted: false })
    expect(holdersBelow(bed.top)).toHaveLength(1)
  })

  test('root attaches the session of a plain user, who then has it back', async () => {
    const { named, merged } = await made(plain)
    plain.sh(`echo one >${merged}/file; rm -r ${merged}/dir; mkdir ${merged}/dir`)
    await plain.calls.unmount(named)
    const byRoot = await root.calls.attach(named)
    expect(byRoot.session.record).toMatchObject({ backend: 'kernel', family: 'user' })
    expect(root.sh(`cd ${merged} && cat file && ls dir && echo two >file && rm link`)).toMatchObject({
      stdout: 'one\n',
      stderr: '',
    })
    await root.calls.unmount(named)
    const back = await plain.calls.attach(named)
    expect(back.session.record.backend).toBe('userns')
    expect(plain.sh(`cd ${merged} && cat file && ls`)).toMatchObject({ stdout: 'two\ndir\nfile\n', stderr: '' })
    await plain.calls.discard(named)
  })

  test('a plain user cannot attach what is root’s', async () => {
    const bed = makeBed(root)
    execFileSync('chmod', ['755', bed.top])
    await root.calls.create({ ...bed, id: 'one' as never })
    await expect(plain.calls.attach({ ...bed, id: 'one' })).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' })
  })

  test('a session that holds a renamed directory is not attached where the kernel would not follow it', async (context) => {
    const { bed, named, merged } = await made(plain)
    plain.sh(`mkdir ${merged}/moved`)
    await plain.calls.unmount(named)
    const upper = `${bed.project}/.openagentic/sessions/one/upper`
    execFileSync('setfattr', ['-n', 'user.overlay.redirect', '-v', 'dir', `${upper}/moved`])
    edit(bed, (fields) => ({ ...fields, servedByFuse: true }))
    for (const [user, backend] of [
      [plain, 'userns'],
      [root, 'kernel'],
      [root, 'userns'],
    ] as const) {
      const error = await user.calls.attach(named, { backend }).then(String, (reason) => reason)
      expect(error).toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
      expect(error.message).toContain('renamed directory, moved')
    }
    need(context, noFuse())
    const { session, rejected } = await root.calls.attach(named)
    expect([session.record.backend, rejected.length]).toEqual(['fuse', 2])
    expect(root.sh(`ls ${session.merged}/moved`).stdout).toBe('deep\ntwo\n')
  })
})

async function made(
  user: SessionUser,
): Promise<{ bed: SessionBed; named: SessionBed & { id: string }; merged: string }> {
  const bed = makeBed(user)
  const { session } = await user.calls.create({ ...bed, id: 'one' as never })
  return { bed, named: { ...bed, id: 'one' }, merged: session.merged }
}

function fileOf(bed: SessionBed, id: string): string {
  return `${bed.project}/.openagentic/sessions/${id}/session.json`
}

/** Changes session.json by hand. */
function edit(bed: SessionBed, change: (fields: Fields) => Record<string, unknown>): void {
  const file = fileOf(bed, 'one')
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Fields)))
}

function startOf({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19] as string
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}
