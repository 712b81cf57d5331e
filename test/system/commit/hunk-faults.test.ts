import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import type { HunkChoice } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need, noProgram } from '../../helpers/capability.js'
import { failingOps } from '../../helpers/faulty-ops.js'
import { choiceOf, gitPlace, patchOf, withoutHunk } from '../../helpers/hunks.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

interface Prepared {
  readonly scratch: ScratchSession
  readonly hunks: HunkChoice
  readonly before: TreeSnapshot
}

describe.each(backends)('a commit of hunks of a $name session', { timeout: 300_000 }, (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'hunk-fault')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing() ?? noProgram('git')))

  const run = (at: string, script: string): void =>
    void execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })

  const prepare = async (dir: string): Promise<Prepared> => {
    const scratch = await openScratchSession({
      ports,
      backend,
      dir,
      before: (project) => run(project, 'seq 1 40 > f; seq 1 40 > g; echo s > s'),
    })
    run(scratch.merged, "sed -i 's/^3$/three/; s/^30$/thirty/' f g; chmod 755 s; echo n > n")
    await scratch.unmount()
    const hunks = choiceOf(withoutHunk(await patchOf(ports, scratch.session), 1))
    return { scratch, hunks, before: snapshotTree(ports.ops, scratch.project) }
  }

  it.each(['EIO', 'ENOSPC'])(
    'leaves the project and what is pending as they were, whichever call gives %s',
    async (code) => {
      let { scratch, hunks, before } = await prepare(`${top}/${code}`)
      let failed = 0
      for (let at = 1; ; at += 1) {
        const faults = failingOps(ports.ops, at, code)
        const options = { hunks, git: gitPlace }
        const error = await commitSession({ ...ports, ops: faults.ops }, scratch.session, options).then(
          () => undefined,
          (thrown) => thrown,
        )
        if (error === undefined && faults.count() < at) break
        if (error === undefined) {
          // The failure of this call is none of the commit.
          ;({ scratch, hunks, before } = await prepare(`${top}/${code}-${at}`))
          continue
        }
        failed += 1
        if (at > 300) throw error
        expect({ at, tree: snapshotTree(ports.ops, scratch.project) }).toEqual({ at, tree: before })
        expect(readdirSync(scratch.session.dir).filter((name) => ['journal', 'undo', 'made'].includes(name))).toEqual(
          [],
        )
      }
      const { session, project } = scratch
      expect(failed).toBeGreaterThan(20)
      const { changeSet, conflicts } = await reviewSession(ports, session)
      expect(conflicts).toEqual([])
      expect(changeSet.changes.filter(({ kind }) => kind !== 'metadata').map(({ path }) => path)).toEqual(['f'])
      await commitSession(ports, session)
      expect(snapshotTree(ports.ops, project)).toEqual(await scratch.snapshot())
    },
  )
})
