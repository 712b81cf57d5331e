import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { holdersBelow, makeBed } from '../../helpers/session-bed.js'
import { quoted, startUser } from '../../helpers/session-user.js'

describe('several at once', () => {
  beforeEach((context) => need(context, noRoot()))

  test('sessions made and discarded by several processes do not get in each other’s way', async () => {
    const users = await Promise.all([1, 2, 3].map(() => startUser(plainUser)))
    const [user] = users as [(typeof users)[0]]
    const bed = makeBed(user)
    await Promise.all(
      users.map(async ({ calls }) => {
        for (let round = 0; round < 8; round += 1) {
          const { session } = await calls.create(bed)
          await calls.discard({ ...bed, id: session.id })
        }
      }),
    )
    expect(user.sh(`ls -A ${quoted(bed.project)} ${quoted(bed.stateRoot)}`).stdout).not.toMatch(/openagentic|project-/)
    expect(holdersBelow(bed.top)).toEqual([])
    for (const { stop } of users) stop()
  })

  test('attached, unmounted and discarded at once, a session ends in one state', async () => {
    const user = await startUser(0)
    const bed = makeBed(user)
    const { session } = await user.calls.create(bed)
    const named = { ...bed, id: session.id }
    const { attach, unmount, discard } = user.calls
    const outcomes = await Promise.allSettled([
      unmount(named),
      attach(named),
      unmount(named),
      discard(named),
      attach(named),
    ])
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(codes.filter((code) => code !== 'NO_SUCH_SESSION')).toEqual([])
    expect(await user.calls.list(bed)).toEqual([])
    expect(holdersBelow(bed.top)).toEqual([])
    user.stop()
  })

  test('a process that has the mount in a namespace of its own keeps it busy', async () => {
    const user = await startUser(0)
    const bed = makeBed(user)
    const { session } = await user.calls.create(bed)
    const script = 'cd "$1" && touch "$2" && exec sleep 100'
    const args = ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', session.merged, `${bed.top}/ready`]
    const other = spawn('unshare', args)
    onTestFinished(() => void other.kill('SIGKILL'))
    while (!existsSync(`${bed.top}/ready`)) await sleep(10)
    const error = await user.calls.unmount({ ...bed, id: session.id }).then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'SESSION_BUSY' })
    expect(error.message).toContain(`(${other.pid}, cwd)`)
    user.stop()
  })

  test('a project behind FUSE is not trusted for its ctime', async (context) => {
    need(context, noProgram('fuse-overlayfs'))
    const user = await startUser(0)
    const bed = makeBed(user)
    const { top, project } = bed
    user.sh(
      `mkdir ${top}/u ${top}/w && fuse-overlayfs -o lowerdir=${project},upperdir=${top}/u,workdir=${top}/w ${project}`,
    )
    onTestFinished(() => void user.sh(`umount ${project}`))
    const { session } = await user.calls.create(bed)
    expect(session.record.epoch.ctimeTrusted).toBe(false)
    expect(user.sh(`cat ${quoted(session.merged)}/file`).stdout).toBe('base\n')
    await user.calls.discard({ ...bed, id: session.id })
    user.stop()
  })
})
