import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../../helpers/capability.js'
import { commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { failEverywhere } from '../../helpers/crash-points.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
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

  it.each(codes)('with %s, an undo puts everything back, or does not need the call', async (code) => {
    const { failed } = await failEverywhere({ prepare: () => undoSubject(work), tried, code })
    expect(failed).toBeGreaterThan(20)
  })
})
