import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { closeSubject, commitSubject, reopenSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { failEverywhere, failRecovery, type Subject } from '../../helpers/crash-points.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const codes = ['EIO', 'ENOSPC', 'EDQUOT', 'EACCES', 'EXDEV']

describe.each(backends)('as $name, whichever call fails', { timeout: 600_000 }, (backend) => {
  let work: Work
  const tried = nothingTried()
  beforeAll(() => {
    if (backend.missing() === undefined) work = { backend, top: makeTop(backend, 'error'), ...everyKind }
  })
  afterAll(() => {
    reportTried(tried)
    if (work !== undefined) rmSync(work.top, { recursive: true, force: true })
  })
  beforeEach((context) => need(context, backend.missing()))

  it.each(codes)('with %s, a commit puts everything back, or does not need the call', async (code) => {
    const { failed } = await failEverywhere({ prepare: () => commitSubject(work), tried, code })
    expect(failed).toBeGreaterThan(50)
  })

  it.each(codes)('with %s, a commit that closes its session does so too', async (code) => {
    const { failed } = await failEverywhere({ prepare: () => closeSubject(work), tried, code })
    expect(failed).toBeGreaterThan(25)
  })

  // Right after the mark, and among the moves.
  it.each(['EIO', 'ENOSPC'])('with %s, a recovery can be tried again', async (code) => {
    const [marked, moving] = await landmarks(() => commitSubject(work))
    for (const crash of [marked, moving]) {
      const { failed } = await failRecovery({ prepare: () => commitSubject(work), tried, code, crash })
      expect(failed).toBeGreaterThan(5)
    }
  })

  it.each(['EIO', 'ENOSPC'])('with %s, an undo that opens a closed session again does so too', async (code) => {
    const { failed } = await failEverywhere({ prepare: () => reopenSubject(work), tried, code })
    expect(failed).toBeGreaterThan(20)
  })

  it.each(codes)('with %s, an undo puts everything back, or does not need the call', async (code) => {
    const { failed } = await failEverywhere({ prepare: () => undoSubject(work), tried, code })
    expect(failed).toBeGreaterThan(20)
  })
})

/** The numbers of the call after the mark was made real, and of the fifth move after it. */
async function landmarks(prepare: () => Promise<Subject>): Promise<[marked: number, moving: number]> {
  const renames: number[] = []
  const { ops } = watchedOps(systemPorts().ops, (call, name) => {
    if (name === 'rename') renames.push(call)
  })
  await (await prepare()).run(ops)
  // The first rename is that of the plan, the second that of the mark.
  const [, mark = 0, , , , , fifth = 0] = renames
  return [mark + 1, fifth]
}
