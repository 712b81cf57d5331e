import { afterAll, beforeAll, expect, test } from 'vitest'
import { noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'
import type { ContractContext } from './contract.js'

/** Sessions do not see each other, nor do users. */
export function separationContract({ backend, options, user }: ContractContext): void {
  let stranger: SessionUser
  beforeAll(async () => {
    if (noRoot() === undefined) stranger = await startUser(plainUser + 1)
  })
  afterAll(() => stranger?.stop())

  test('parallel sessions of one project', async () => {
    const bed = makeBed(user())
    const ids = ['one', 'two', 'three', 'four'] as never[]
    const made = await Promise.all(ids.map((id) => user().calls.create({ ...bed, ...options, id })))
    for (const { session } of made) {
      user().sh(`cd ${quoted(session.merged)} && echo ${session.id} >file && echo ${session.id} >own-${session.id}`)
    }
    for (const { session } of made) {
      const seen = user().sh(`cd ${quoted(session.merged)} && cat file && ls -d own-*`).stdout
      expect(seen).toBe(`${session.id}\nown-${session.id}\n`)
    }
    expect((await user().calls.list(bed)).map(({ id, state }) => [id, state?.state])).toEqual(
      ['four', 'one', 'three', 'two'].map((id) => [id, 'attached']),
    )
  })

  test('another user reaches neither layers nor merged', async () => {
    const bed = makeBed(user())
    user().sh(`chmod 755 ${quoted(bed.top)}`)
    const { session } = await user().calls.create({ ...bed, ...options })
    user().sh(`umask 0; echo secret >${quoted(session.merged)}/secret`)
    for (const path of [
      session.merged,
      session.upper,
      session.dir,
      `/proc/${session.record.holder?.pid}/root${session.mountPoint}`,
    ]) {
      expect(stranger.sh(`cat ${quoted(path)}/* ; ls ${quoted(path)}/`)).toMatchObject({ stdout: '' })
    }
    expect(await stranger.calls.list({ ...bed, stateRoot: '/nowhere' as never })).toEqual([])
  })

  test('another user makes a session of a project that is not theirs, elsewhere', async () => {
    const bed = makeBed(user())
    user().sh(`chmod 755 ${quoted(bed.top)}`)
    const mine = await user().calls.create({ ...bed, ...options, id: 'same' as never })
    const own = makeBed(stranger)
    const scope = { project: bed.project, stateRoot: own.stateRoot }
    if (backend.name !== 'userns') {
      // No user namespace may show what a mount covers, so nobody else can make a session meanwhile.
      const error = await stranger.calls.create(scope).then(String, (reason) => reason)
      expect(error).toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
      expect(error.message).toContain(`${mine.session.merged} is a mount point`)
      expect(stranger.sh(`ls -A ${quoted(own.stateRoot)}`).stdout).toBe('')
      await user().calls.unmount({ ...bed, id: 'same' })
    }
    const theirs = await stranger.calls.create({ ...scope, id: 'same' as never })
    expect(theirs.movedBecause).toMatch(/may not write/)
    expect(theirs.session.dir).toContain(own.stateRoot)
    expect(theirs.limits).toEqual([expect.stringMatching(/can be read in the session, but not changed/)])
    // What fuse-native cannot do is said with each session.
    expect(mine.limits).toEqual(backend.binding === 'fuse-native' ? [expect.stringMatching(/^fuse-native cannot/)] : [])
    expect(stranger.sh(`cd ${quoted(theirs.session.merged)} && cat file && echo stranger >other`).stdout).toBe('base\n')
    const again = await user().calls.attach({ ...bed, id: 'same' })
    expect(user().sh(`ls ${quoted(again.session.merged)}`).stdout).not.toContain('other')
    expect(await stranger.calls.list(scope)).toMatchObject([{ id: 'same', state: { state: 'attached' } }])
    await stranger.calls.discard({ ...scope, id: 'same' })
    expect(stranger.sh(`ls -A ${quoted(own.stateRoot)}`).stdout).toBe('')
    expect(await user().calls.list(bed)).toMatchObject([{ id: 'same', state: { state: 'attached' } }])
  })
}
