import { readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { dyingOps, everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { makeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

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
      const scratch = await everyKindOfChange(backend, `${top}/${at}`)
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

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
