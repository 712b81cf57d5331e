import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { mountFileSystem, noFileSystem } from '../../helpers/loop-device.js'
import { makeBed, type SessionBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('as %s', (_, uid) => {
  let user: SessionUser
  beforeAll(async () => {
    if (noRoot() === undefined) user = await startUser(uid)
  })
  afterAll(() => user?.stop())
  beforeEach((context) => need(context, noRoot()))

  test.for(['ext4', 'xfs', 'btrfs', 'tmpfs'] as const)('a project on %s holds its sessions', async (type, context) => {
    need(context, noFileSystem(type))
    const bed = makeBed(user, { parent: mountFileSystem(type) })
    const { session, movedBecause } = await user.calls.create(bed)
    expect(movedBecause).toBeUndefined()
    expect(session.upper).toBe(`${bed.project}/.openagentic/sessions/${session.id}/upper`)
    expect(session.record.epoch.ctimeTrusted).toBe(true)
    await useAndDiscard(user, bed, session.id)
  })

  test('a project that is itself a mount point holds its sessions', async () => {
    const root = mountFileSystem('tmpfs') as AbsPath
    user.sh(`echo base >${root}/file`)
    const bed = { ...makeBed(user), project: root }
    const { session, movedBecause } = await user.calls.create(bed)
    expect(movedBecause).toBeUndefined()
    await useAndDiscard(user, bed, session.id)
  })

  test('sessions of a read-only project lie in the state directory', async () => {
    const bed = makeBed(user)
    execFileSync('mount', ['--bind', bed.project, bed.project])
    execFileSync('mount', ['-o', 'remount,ro,bind', bed.project])
    onTestFinished(() => void execFileSync('umount', [bed.project]))
    const { session, movedBecause } = await user.calls.create(bed)
    expect(movedBecause).toMatch(/read-only/)
    expect(session.dir.startsWith(`${bed.stateRoot}/project-`)).toBe(true)
    expect(user.sh(`ls -A ${quoted(bed.project)}`).stdout).not.toContain('openagentic')
    await useAndDiscard(user, bed, session.id)
  })

  test('the layers of a project on an overlay lie in the state directory, the record with the project', async () => {
    const bed = makeBed(user)
    mountOverlay(bed.project, bed.top, uid)
    const { session, movedBecause } = await user.calls.create(bed)
    expect(movedBecause).toMatch(/itself an overlay/)
    expect(session.dir).toBe(`${bed.project}/.openagentic/sessions/${session.id}`)
    expect(session.upper.startsWith(`${bed.stateRoot}/project-`)).toBe(true)
    await useAndDiscard(user, bed, session.id)
  })

  test('--state-dir has the layers where it says', async () => {
    const bed = makeBed(user)
    user.sh(`mkdir ${bed.top}/far && ln -s far ${bed.top}/near`)
    const stateDir = `${bed.top}/near/new` as AbsPath
    const { session, movedBecause } = await user.calls.create({ ...bed, stateDir })
    expect(movedBecause).toBeUndefined()
    expect(session.upper.startsWith(`${bed.top}/far/new/project-`)).toBe(true)
    expect(user.sh(`stat -c %a ${session.layers} ${bed.top}/far/new`).stdout).toBe('700\n700\n')
    await useAndDiscard(user, bed, session.id)
    expect(user.sh(`ls -A ${bed.top}/far/new`).stdout).toBe('')
  })

  test('layers that lie in the project do not show in merged', async () => {
    const bed = makeBed(user)
    const stateDir = `${bed.project}/dir/state` as AbsPath
    const { session } = await user.calls.create({ ...bed, stateDir })
    const walk = user.sh(`find ${quoted(session.merged)}/ -type d`)
    expect(walk).toMatchObject({ status: 0, stderr: '' })
    expect(walk.stdout).not.toContain('upper')
    await useAndDiscard(user, bed, session.id)
  })

  test('a --state-dir that cannot hold layers is refused, and nothing is left', async () => {
    const bed = makeBed(user)
    user.sh(`mkdir ${bed.top}/over`)
    mountOverlay(`${bed.top}/over`, bed.top, uid)
    const stateDir = `${bed.top}/over` as AbsPath
    const error = await user.calls.create({ ...bed, stateDir }).then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'STATE_DIR_INVALID' })
    expect(error.message).toMatch(/itself an overlay/)
    expect(user.sh(`ls -A ${bed.top}/over ${bed.project}`).stdout).not.toMatch(/openagentic|project-/)
  })

  test('a --state-dir that is a file is refused', async () => {
    const bed = makeBed(user)
    const error = await user.calls
      .create({ ...bed, stateDir: `${bed.project}/file` as AbsPath })
      .then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'STATE_DIR_INVALID' })
    expect(user.sh(`ls -A ${bed.project}`).stdout).not.toContain('openagentic')
  })
})

/** A real overlay over the directory itself, as a container's root file system is one. */
function mountOverlay(path: string, top: string, uid: number): void {
  for (const part of ['u', 'w']) execFileSync('mkdir', [`${top}/${part}`])
  execFileSync('chown', [`${uid}:${uid}`, `${top}/u`])
  execFileSync('mount', ['-t', 'overlay', '-o', `lowerdir=${path},upperdir=${top}/u,workdir=${top}/w`, 'test', path])
  onTestFinished(() => void execFileSync('umount', [path]))
}

/** A whole life: write, unmount, find again, attach, read, discard, and look what is left. */
async function useAndDiscard(user: SessionUser, bed: SessionBed, id: string): Promise<void> {
  const named = { ...bed, id }
  const { merged } = await user.calls.open(named)
  expect(user.sh(`cd ${quoted(merged)} && cat file && echo new >file && rm -rf dir`)).toMatchObject({
    stdout: 'base\n',
    stderr: '',
  })
  await user.calls.unmount(named)
  expect(await user.calls.list(bed)).toMatchObject([{ id, state: { state: 'detached' } }])
  const again = await user.calls.attach(named)
  expect(user.sh(`cd ${quoted(again.session.merged)} && cat file && ls dir`)).toMatchObject({ stdout: 'new\n' })
  expect(user.sh(`cat ${quoted(bed.project)}/file`).stdout).toBe('base\n')
  await user.calls.discard(named)
  expect(user.sh(`ls -A ${quoted(bed.project)} ${quoted(bed.stateRoot)}`).stdout).not.toMatch(/openagentic|project-/)
}
