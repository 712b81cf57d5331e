import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  for n in a b c; do echo $n > $n; done; ln a twin; ln -s a link; mkdir -p d/sub gone/sub closed
  echo x > d/x; echo y > d/sub/y; echo z > gone/sub/z; echo q > closed/q; chmod 555 closed; touch -d 2001-01-01 a d d/sub .`

const session = `
  echo 1 >> a; chmod 600 b; rm c; mkdir c; echo 1 > c/new; rm -r d/sub; echo f > d/sub; echo 1 > d/n; mkdir -p n/m; echo 1 > n/m/f; ln n/m/f n/l
  rm -r gone; ln -sf b link; chmod 755 closed; echo 1 >> closed/q; chmod 555 closed; chmod 700 d; touch n/m`

class Crash extends Error {}

describe.each(backends)('a $name commit that is killed', { timeout: 300_000 }, (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'crash')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it('is finished or rolled back by the next command, wherever it was', async () => {
    const outcomes = new Set<string | undefined>()
    for (let at = 1; ; at += 1) {
      const scratch = await prepare(backend, `${top}/${at}`)
      const before = snapshot(scratch)
      const { ops, count } = dyingOps(ports.ops, at)
      const died = await commitSession({ ...ports, ops }, scratch.session).then(
        () => false,
        () => true,
      )
      if (!died && count() < at) break
      const recovery = await recoverCommit(ports, scratch.session)
      outcomes.add(recovery?.outcome)
      expect(isCutShort(ports, scratch.session)).toBe(false)
      const after = await scratch.snapshot()
      const kept = readdirSync(scratch.session.dir).includes('undo')
      const isNew = recovery?.outcome === 'finished' || (recovery === undefined && kept)
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: isNew ? after : before })
      if (!isNew) expect(readdirSync(scratch.session.dir)).not.toContain('undo')
      await commitSession(ports, scratch.session)
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: after })
      const again = await commitSession(ports, scratch.session)
      expect(again.applied).toEqual([])
    }
    expect(outcomes).toEqual(new Set(['finished', 'rolled-back', undefined]))
  })
})

/** Port calls until number `at`: that one and all later ones are never made, as if the process had been killed. */
function dyingOps(real: FileOps, at: number): ReturnType<typeof watchedOps> {
  return watchedOps(real, (call) => {
    if (call >= at) throw new Crash(`killed at call ${at}`)
  })
}

async function prepare(backend: OverlayBackend, dir: string): Promise<ScratchSession> {
  const run = (at: string, script: string): void => {
    execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
  }
  const scratch = await openScratchSession({ ports, backend, dir, before: (project) => run(project, setup) })
  run(scratch.merged, session)
  await scratch.unmount()
  return scratch
}

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
