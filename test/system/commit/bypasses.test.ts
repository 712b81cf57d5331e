import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { setup } from './drift-cases.js'

const ports = systemPorts()

/** Ways around the check that a reviewer found, each of them closed. */
describe.each(backends)('a $name commit cannot be led around the check', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    top = makeTop(backend, 'bypass')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  const run = (at: string, script: string): string =>
    execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user, encoding: 'utf8' })
  const open = (script = setup): Promise<ScratchSession> =>
    openScratchSession({ ports, backend, dir: `${top}/${count++}`, before: (project) => void run(project, script) })
  const conflicts = async ({ session }: ScratchSession): Promise<string[]> =>
    (await reviewSession(ports, session)).conflicts.map(({ reason, path }) => `${reason} ${path}`)

  it('by committing a neighbour first, when the mode of the directory is in conflict', async () => {
    const scratch = await open()
    run(scratch.merged, 'chmod 700 d; echo n > d/n')
    run(scratch.project, 'chmod 750 d')
    await commitSession(ports, scratch.session, { paths: [relPath('d/n')] })
    expect(await conflicts(scratch)).toEqual(['changed d'])
    expect(statSync(`${scratch.project}/d`).mode & 0o777).toBe(0o750)
    await scratch.unmount()
  })

  it('by committing a neighbour first, when the directory is another one', async () => {
    const scratch = await open()
    run(scratch.merged, 'echo 1 >> d/x; echo n > d/n')
    run(scratch.project, 'mv d was; mv old d')
    await commitSession(ports, scratch.session, { onConflict: 'skip' })
    expect(await conflicts(scratch)).toEqual(['changed d/x'])
    expect(readFileSync(`${scratch.project}/d/x`, 'utf8')).toBe('o\n')
    await scratch.unmount()
  })

  it('by moving a directory out of the project meanwhile', async () => {
    const scratch = await open()
    run(scratch.merged, 'echo 1 >> d/x; echo n > d/n')
    let moved = false
    const { ops } = watchedOps(ports.ops, (_call, name) => {
      if (moved || name !== 'createFile' || !existsSync(`${scratch.session.dir}/journal`)) return
      moved = true
      run(scratch.project, 'mv d ../outside; mkdir d; echo p > d/x')
    })
    await expect(commitSession({ ...ports, ops }, scratch.session)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    expect(run(scratch.project, 'ls d ../outside; cat d/x ../outside/x')).toBe(
      '../outside:\nsub\nx\ny\nz\n\nd:\nx\np\nx\n',
    )
    await scratch.unmount()
  })

  it('by swapping content under the same size and time after the review', async () => {
    const scratch = await open()
    run(scratch.merged, 'echo good > f')
    const reviewed = await reviewSession(ports, scratch.session)
    let swapped = false
    const { ops } = watchedOps(ports.ops, (_call, name) => {
      if (swapped || name !== 'mkdir') return
      swapped = true
      run(scratch.merged, 'touch -r f ../stamp; echo evil > f; touch -r ../stamp f')
    })
    await expect(commitSession({ ...ports, ops }, scratch.session, { reviewed })).rejects.toMatchObject({
      code: 'COMMIT_MOVED',
    })
    expect(readFileSync(`${scratch.project}/f`, 'utf8')).toBe('f\n')
    expect(readdirSync(scratch.session.dir)).not.toContain('undo')
    await scratch.unmount()
  })

  it('by links in the place of protected directories, or through names', async () => {
    const scratch = await open(`${setup}; git init -q .; mkdir .vscode`)
    run(
      scratch.merged,
      `rm -rf .git/hooks .vscode; mkdir pay; ln -s ../pay .git/hooks; ln -s pay .vscode; echo ../pay > .git/commondir
       mkdir -p x/y; ln -s ../.. x/y/p; ln -s x/y/p/../../etc q; ln -s ../x .git/more`,
    )
    const { refusals } = await reviewSession(ports, scratch.session)
    expect(refusals.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'outside-links q',
      'protected .git/commondir',
      'protected .git/hooks',
      'protected .git/more',
      'protected .vscode',
    ])
    await scratch.unmount()
  })
})
