import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { setup } from './drift-cases.js'

const ports = systemPorts()

describe.each(backends)('a $name session over a project in which a person mounts something', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'mounts')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  async function prepare(session: string, mounts: readonly string[][]): Promise<ScratchSession> {
    const run = (at: string, script: string): unknown =>
      execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
    const scratch = await openScratchSession({
      ports,
      backend,
      dir: `${top}/${count++}`,
      before: (project) => void run(project, setup),
    })
    run(scratch.merged, session)
    await scratch.unmount()
    for (const args of mounts) {
      const at = `${scratch.project}/${args.at(-1)}`
      execFileSync('mount', [...args.slice(0, -1), at])
      onTestFinished(() => void execFileSync('umount', [at]))
    }
    return scratch
  }

  it.each([
    ['below a directory that the session removed', 'rm -r d', ['-t', 'tmpfs', 'none', 'd/sub'], 'mount d at d/sub'],
    ['on a file in it', 'rm -r d', ['--bind', '/etc/passwd', 'd/sub/s'], 'mount d at d/sub/s'],
    ['on the directory itself', 'rm -r d', ['-t', 'tmpfs', 'none', 'd'], 'mount d at d'],
    ['on a directory that became a file', 'rm -r d; echo > d', ['-t', 'tmpfs', 'none', 'd'], 'mount d at d'],
    ['on a file that the session changed', 'echo 1 >> f', ['--bind', '/etc/passwd', 'f'], 'mount f at f'],
    ['on one of the same size', 'printf "F\\n" > f', ['--bind', 'lower/g', 'f'], 'mount f at f'],
    ['on a file that the session deleted', 'rm f', ['--bind', '/etc/passwd', 'f'], 'mount f at f'],
  ])('sees a mount %s, and no policy moves it', async (_where, session, mount, conflict) => {
    const source = mount.at(-2)?.replace('lower', `${top}/${count}/lower`) ?? ''
    const scratch = await prepare(`${session}; echo 1 >> h`, [[...mount.slice(0, -2), source, mount.at(-1) ?? '']])
    const review = await reviewSession(ports, scratch.session)
    expect(review.conflicts.map(({ reason, path, at }) => `${reason} ${path} at ${at}`)).toEqual([conflict])
    const before = execFileSync('find', [scratch.project, '-ls'], { encoding: 'utf8' })
    await expect(commitSession(ports, scratch.session)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    expect(execFileSync('find', [scratch.project, '-ls'], { encoding: 'utf8' })).toBe(before)
    const summary = await commitSession(ports, scratch.session, { onConflict: 'ours' })
    expect(summary.applied.map(({ path }) => path)).toEqual(['h'])
    expect(readFileSync(`${scratch.project}/h`, 'utf8')).toBe('h\n1\n')
    expect(existsSync(`${scratch.project}/${mount.at(-1)}`)).toBe(true)
  })

  it('names a mount under which the session changed something', async () => {
    const scratch = await prepare('echo 1 >> d/sub/s', [['-t', 'tmpfs', 'none', 'd']])
    await expect(reviewSession(ports, scratch.session)).rejects.toMatchObject({
      code: 'MOUNT_IN_PROJECT',
      path: expect.stringContaining(`${scratch.project}/d`),
    })
  })

  it('minds no mount where the session changed nothing', async () => {
    const scratch = await prepare('echo 1 >> d/x', [['-t', 'tmpfs', 'none', 'd/sub']])
    expect((await commitSession(ports, scratch.session)).applied.map(({ path }) => path)).toEqual(['d/x'])
  })
})
