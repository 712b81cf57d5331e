import { mkdirSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { mountFileSystem } from '../../helpers/loop-device.js'
import { makeBed } from '../../helpers/session-bed.js'
import { startUser } from '../../helpers/session-user.js'

describe('a diagnosis', () => {
  beforeEach((context) => need(context, noRoot()))

  test('of root finds every kernel mount usable, and leaves nothing behind', async () => {
    const user = await startUser(0)
    const { top } = makeBed(user)
    const { backends, facts, devFuse } = await user.calls.diagnose(top as AbsPath)
    expect(backends.map(({ backend, result }) => [backend, result.usable])).toEqual([
      ['kernel', true],
      ['userns', true],
      ['fuse', true],
    ])
    expect(facts).toMatchObject({ uid: 0, capSysAdmin: true, initialUserNamespace: true, overlay: true })
    expect(facts.kernel.major * 1000 + facts.kernel.minor).toBeGreaterThan(5010)
    expect(facts.maxUserNamespaces).toBeGreaterThan(10)
    expect(devFuse).toBe(true)
    expect(user.sh(`ls -A ${top}`).stdout).toBe('project\nstate\n')
    user.stop()
  })

  test('of a plain user says why not kernel', async () => {
    const user = await startUser(plainUser)
    const { top } = makeBed(user)
    const { backends } = await user.calls.diagnose(top as AbsPath)
    expect(backends).toMatchObject([
      { backend: 'kernel', result: { usable: false, reason: expect.stringMatching(/CAP_SYS_ADMIN/) } },
      { backend: 'userns', result: { usable: true } },
      { backend: 'fuse', result: { usable: false } },
    ])
    user.stop()
  })

  test('says how to allow user namespaces, and so does a mount', async () => {
    // The limit counts in the user namespace below, not on this machine.
    const user = await startUser(plainUser, [
      'unshare',
      '-r',
      'sh',
      '-c',
      'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"',
      'sh',
    ])
    const bed = makeBed(user)
    const { backends } = await user.calls.diagnose(bed.top as AbsPath)
    const { result } = backends[1] as { result: unknown }
    expect(result).toMatchObject({
      usable: false,
      reason: 'user namespaces are turned off (user.max_user_namespaces is 0)',
      fix: expect.stringMatching(/user.max_user_namespaces=15000/),
    })
    const error = await user.calls.create(bed).then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'MOUNT_UNAVAILABLE', details: { backends: [{}, {}, {}] } })
    expect(error.message).toContain('user.max_user_namespaces is 0')
    expect(user.sh(`ls -A ${bed.project} ${bed.stateRoot}`).stdout).not.toMatch(/openagentic|project-/)
    user.stop()
  })

  test('says when the place to try in cannot hold an upper', async () => {
    const user = await startUser(0)
    const top = mountFileSystem('tmpfs')
    for (const part of ['l', 'u', 'w', 'm']) mkdirSync(`${top}/${part}`)
    user.sh(`mount -t overlay -o lowerdir=${top}/l,upperdir=${top}/u,workdir=${top}/w test ${top}/m`)
    const { backends } = await user.calls.diagnose(`${top}/m` as AbsPath)
    expect(backends[0]?.result).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/could not be tried: .* overlay/),
    })
    user.stop()
  })
})
