import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../../helpers/capability.js'
import { closeSubject, commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { fullEverywhere } from '../../helpers/full-disk.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

describe.each(backends)('as $name, on a disk that becomes full and stays so', { timeout: 600_000 }, (backend) => {
  let work: Work
  const tried = nothingTried()
  beforeAll(() => {
    if (backend.missing() === undefined) work = { backend, top: makeTop(backend, 'full'), ...everyKind }
  })
  afterAll(() => {
    reportTried(tried)
    if (work !== undefined) rmSync(work.top, { recursive: true, force: true })
  })
  beforeEach((context) => need(context, backend.missing()))

  it.each([
    ['a commit', commitSubject],
    ['a commit that closes its session', closeSubject],
  ])('%s ends old or new, and needs no space for it', async (_name, subject) => {
    const { failed, late } = await fullEverywhere({ prepare: () => subject(work), tried })
    expect(failed).toBeGreaterThan(0)
    expect(late).toBe(0)
  })

  it('an undo ends old or new, and its session is kept shut until it knows', async () => {
    const { failed, late } = await fullEverywhere({ prepare: () => undoSubject(work), tried })
    expect(failed).toBeGreaterThan(0)
    expect(late).toBeGreaterThan(0)
  })
})
