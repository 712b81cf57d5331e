import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import type { Ports } from '../../../src/os/ports.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { failingOps, watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, removeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { allBackends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  for n in a b c; do echo $n > $n; done; ln a twin; ln -s a link; mkdir -p d/sub gone/sub closed
  echo x > d/x; echo y > d/sub/y; echo z > gone/sub/z; echo q > closed/q; chmod 555 closed; touch -d 2001-01-01 a d d/sub .`

/** Every kind of step: replacements, creations, removals, a type change each way, attributes, links, a closed directory. */
const session = `
  echo 1 >> a; chmod 600 b; rm c; mkdir c; echo 1 > c/new; rm -r d/sub; echo f > d/sub; echo 1 > d/n; mkdir -p n/m; echo 1 > n/m/f; ln n/m/f n/l
  rm -r gone; ln -sf b link; chmod 755 closed; echo 1 >> closed/q; chmod 555 closed; chmod 700 d; touch n/m`

describe.each(allBackends)('a $name commit that fails', { timeout: 300_000 }, (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'fault')
  })
  afterAll(() => removeTop(top))
  beforeEach((context) => need(context, backend.missing()))

  it.each(['EIO', 'ENOSPC', 'EACCES'])('leaves the project as it was, whichever call gives %s', async (code) => {
    let scratch = await prepare(backend, `${top}/${code}`)
    let before = snapshot(scratch)
    let failed = 0
    for (let at = 1; ; at += 1) {
      const faults = failingOps(ports.ops, at, code)
      const error = await failureOf(withOps(faults.ops), scratch)
      if (error === undefined) {
        // Past the last call; or one whose failure is no failure of the commit, such as a reflink that is not to be had.
        if (faults.count() < at) break
        expect(snapshot(scratch)).toEqual(await scratch.snapshot())
        scratch = await prepare(backend, `${top}/${code}-${at}`)
        before = snapshot(scratch)
        continue
      }
      failed += 1
      // Past the calls of a whole commit nothing can be failed, so an error is one of the test's own.
      if (at > 500) throw error
      expect({ at, tree: snapshot(scratch) }).toEqual({ at, tree: before })
      expect(error).toMatchObject({
        name: expect.stringMatching(/^(OverlayError|SystemError)$/),
        path: expect.anything(),
      })
      expect(readdirSync(scratch.session.dir)).not.toContain('journal')
      expect(readdirSync(scratch.session.dir)).not.toContain('undo')
    }
    expect(failed).toBeGreaterThan(50)
    expect(snapshot(scratch)).toEqual(await scratch.snapshot())
  })

  it('loses no edit that comes between the check and the move, at any path', async () => {
    const paths = ['a', 'b', 'link', 'd/x', 'd/sub/y', 'gone/sub/z', 'closed/q', 'n', 'd/n', 'c']
    const noticed: string[] = []
    for (const [index, path] of paths.entries()) {
      const scratch = await prepare(backend, `${top}/race-${index}`)
      let saved: TreeSnapshot | undefined
      const { ops } = watchedOps(ports.ops, (_call, name) => {
        if (name !== 'rename' || saved !== undefined) return
        save(backend, `${scratch.project}/${path}`)
        saved = snapshot(scratch)
      })
      const error = await failureOf(withOps(ops), scratch)
      if (error === undefined) {
        // Nothing of the session's touches this path, so both go through.
        expect(execFileSync('cat', [`${scratch.project}/${path}`], { encoding: 'utf8' })).toBe('saved by the person\n')
      } else {
        noticed.push(path)
        expect(error).toMatchObject({ code: 'COMMIT_CONFLICT' })
        expect({ path, tree: withoutTimes(snapshot(scratch)) }).toEqual({ path, tree: withoutTimes(saved) })
      }
    }
    expect(noticed).toEqual(['a', 'b', 'link', 'd/sub/y', 'gone/sub/z', 'closed/q', 'n', 'd/n', 'c'])
  })
})

/** A session that has done its work, over a project of its own. */
async function prepare(backend: OverlayBackend, dir: string): Promise<ScratchSession> {
  const scratch = await openScratchSession({ ports, backend, dir, before: (project) => run(backend, project, setup) })
  run(backend, scratch.merged, session)
  await scratch.unmount()
  return scratch
}

function run(backend: OverlayBackend, at: string, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
}

/** As an editor does it: a new file, renamed over the old one. */
function save(backend: OverlayBackend, path: string): void {
  // One of the directories is closed.
  const dir = dirname(path)
  const { mode } = statSync(dir)
  chmodSync(dir, 0o755)
  writeFileSync(`${path}.tmp`, 'saved by the person\n')
  chownSync(`${path}.tmp`, backend.user, backend.user)
  execFileSync('mv', ['-T', `${path}.tmp`, path])
  chmodSync(dir, mode)
}

function withOps(ops: FileOps): Ports {
  return { ...ports, ops }
}

async function failureOf(with_: Ports, scratch: ScratchSession): Promise<unknown> {
  try {
    await commitSession(with_, scratch.session)
    return undefined
  } catch (error) {
    return error
  }
}

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}

function withoutTimes(tree: TreeSnapshot | undefined): unknown {
  return [...(tree ?? [])].map(([path, entry]) => [
    path,
    { ...entry, mtimeNs: entry.type === 'dir' ? 0n : entry.mtimeNs },
  ])
}
