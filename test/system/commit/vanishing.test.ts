import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { oneByOne } from '../../../src/os/one-by-one.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

describe.each(backends)('in a $name session, a file that a person removes while it is looked at', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'vanishing')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  const run = (at: string, script: string): void =>
    void execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })

  /** Only content can prove that the project's `f` is as it was. */
  async function prepare(): Promise<ScratchSession> {
    const before = (project: string): void => run(project, 'echo f > f; echo g > g')
    const scratch = await openScratchSession({ ports, backend, dir: `${top}/${count++}`, before })
    run(scratch.merged, 'echo 1 > f; echo 1 > g')
    await scratch.unmount()
    await reviewSession(ports, scratch.session)
    run(scratch.project, 'touch f')
    return scratch
  }

  /** `work` runs right before the content of a file `f` is read for the first time. */
  function beforeRead(work: () => void): FileOps {
    let done = false
    const real = oneByOne(ports.ops)
    const readFileInto: FileOps['readFileInto'] = (dir, name, buffer) => {
      if (name === 'f' && !done) {
        done = true
        work()
      }
      return real.readFileInto(dir, name, buffer)
    }
    return { ...real, readFileInto }
  }

  it('is a conflict like one that was gone before', async () => {
    const scratch = await prepare()
    const ops = beforeRead(() => run(scratch.project, 'rm f'))
    const { conflicts } = await reviewSession({ ...ports, ops }, scratch.session)
    expect(conflicts).toMatchObject([{ path: 'f', reason: 'vanished' }])
  })

  it('is a conflict of the commit, and one that is there again is what it is by then', async () => {
    const scratch = await prepare()
    const { session, project } = scratch
    const removes = beforeRead(() => run(project, 'rm f'))
    await expect(commitSession({ ...ports, ops: removes }, session)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    run(project, 'echo f > f')
    await commitSession(ports, session, { onConflict: 'ours' })
    run(project, 'touch f')
    const removesAgain = beforeRead(() => run(project, 'rm f'))
    await expect(undoCommit({ ...ports, ops: removesAgain }, session)).rejects.toMatchObject({
      code: 'COMMIT_CONFLICT',
      details: { conflicts: [{ path: 'f', reason: 'vanished' }] },
    })
    expect(readFileSync(`${project}/g`, 'utf8')).toBe('1\n')
  })
})
