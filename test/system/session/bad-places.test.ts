import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { mountFileSystem } from '../../helpers/loop-device.js'
import { makeBed } from '../../helpers/session-bed.js'
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

  async function refusal(project: string, stateRoot: AbsPath): Promise<{ code: string; message: string }> {
    const call = user.calls.create({ project: project as AbsPath, stateRoot })
    return call.then(String, (reason) => reason)
  }

  test.for([
    ['missing', '/none', 'there is none'],
    ['a file', '/file', 'is no directory'],
    ['below a file', '/file/x', 'is no directory'],
    ['a name that is too long', `/${'n'.repeat(256)}`, 'too long'],
  ])('a project that is %s', async ([, path, why]) => {
    const bed = makeBed(user)
    const error = await refusal(bed.project + path, bed.stateRoot)
    expect(error).toMatchObject({ code: 'PROJECT_INVALID' })
    expect(error.message).toContain(why)
  })

  test('a project that is, or lies in, the merged directory of a session', async () => {
    const bed = makeBed(user)
    const { session } = await user.calls.create(bed)
    const before = user.sh(`find ${quoted(bed.top)} | wc -l`).stdout
    for (const path of [
      session.merged,
      `${session.merged}/dir`,
      session.upper,
      session.dir,
      `${bed.project}/.openagentic`,
    ]) {
      expect(await refusal(path, bed.stateRoot)).toMatchObject({ code: 'PROJECT_INVALID' })
    }
    expect(user.sh(`find ${quoted(bed.top)} | wc -l`).stdout).toBe(before)
  })

  test('a project in a merged directory that lies in the state directory', async () => {
    const bed = makeBed(user)
    const { session } = await user.calls.create({ ...bed, stateDir: `${bed.top}/far` as AbsPath })
    expect(await refusal(`${session.merged}/dir`, bed.stateRoot)).toMatchObject({ code: 'PROJECT_INVALID' })
    expect(await refusal(session.upper, bed.stateRoot)).toMatchObject({ code: 'PROJECT_INVALID' })
  })

  test('the project of a directory is its nearest ancestor that has sessions, also from inside of merged', async () => {
    const bed = makeBed(user)
    expect(await user.calls.findProject(`${bed.project}/dir` as AbsPath)).toBe(`${bed.project}/dir`)
    const { session } = await user.calls.create(bed)
    for (const path of ['/dir', '/dir/deep', '', `/.openagentic/shadow/${session.id}/dir`]) {
      expect(await user.calls.findProject(`${bed.project}${path}` as AbsPath)).toBe(bed.project)
    }
  })

  test.for([
    ['a symlink', 'ln -s dir'],
    ['a file', 'touch'],
  ])('.openagentic that is %s', async ([, make]) => {
    const bed = makeBed(user)
    user.sh(`cd ${quoted(bed.project)} && ${make} .openagentic`)
    const error = await refusal(bed.project, bed.stateRoot)
    expect(error).toMatchObject({ code: 'PROJECT_INVALID' })
    expect(user.sh(`ls -A ${bed.project}/dir`).stdout).toBe('deep\ntwo\n')
  })

  test('what others put into .openagentic stays', async () => {
    const bed = makeBed(user)
    const { session } = await user.calls.create(bed)
    user.sh(`echo mine >${bed.project}/.openagentic/notes`)
    await user.calls.discard({ ...bed, id: session.id })
    expect(user.sh(`ls -A ${bed.project}/.openagentic`).stdout).toBe('.gitignore\nnotes\n')
  })

  test('a full disk leaves nothing behind', async () => {
    const bed = makeBed(user, { parent: mountFileSystem('tmpfs', ['size=64k', 'nr_inodes=20', 'mode=1777']) })
    const error = await refusal(bed.project, bed.stateRoot)
    expect(error).toMatchObject({ code: 'ENOSPC' })
    expect(user.sh(`ls -A ${bed.project} ${bed.stateRoot}`).stdout).not.toMatch(/openagentic|project-/)
  })
})

test('a session of a project that was renamed or copied goes on there', async (context) => {
  need(context, noRoot())
  const user = await startUser(plainUser)
  const bed = makeBed(user)
  const { session } = await user.calls.create(bed)
  const id = session.id
  user.sh(`echo new >${session.merged}/file`)
  execFileSync('cp', ['-a', '--sparse=never', bed.project, `${bed.project}-copy`])
  const copy = { ...bed, id, project: `${bed.project}-copy` as AbsPath }
  expect(await user.calls.state(copy)).toMatchObject({ state: 'detached' })
  const attached = await user.calls.attach(copy)
  user.sh(`echo copied >${attached.session.merged}/file`)
  expect(user.sh(`cat ${session.merged}/file`).stdout).toBe('new\n')
  expect(await user.calls.state({ ...bed, id })).toMatchObject({ state: 'attached' })

  await user.calls.unmount({ ...bed, id })
  execFileSync('mv', [bed.project, `${bed.project}-moved`])
  const moved = { ...bed, id, project: `${bed.project}-moved` as AbsPath }
  expect(user.sh(`cat ${(await user.calls.attach(moved)).session.merged}/file`).stdout).toBe('new\n')
  user.stop()
})
