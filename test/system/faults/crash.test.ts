import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../../helpers/capability.js'
import { closeSubject, commitSubject, reopenSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { crashEverywhere } from '../../helpers/crash-points.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

describe.each(backends)('killed at every call, as $name', { timeout: 600_000 }, (backend) => {
  let work: Work
  const tried = nothingTried()
  beforeAll(() => {
    if (backend.missing() === undefined) work = { backend, top: makeTop(backend, 'crash'), ...everyKind }
  })
  afterAll(() => {
    reportTried(tried)
    if (work !== undefined) rmSync(work.top, { recursive: true, force: true })
  })
  beforeEach((context) => need(context, backend.missing()))

  it('a commit ends old or new, its recovery killed as well', async () => {
    const { points } = await crashEverywhere({ prepare: () => commitSubject(work), tried })
    expect(points).toBeGreaterThan(50)
  })

  it('a commit that closes its session ends old or new, its recovery killed as well', async () => {
    const { points } = await crashEverywhere({ prepare: () => closeSubject(work), tried })
    expect(points).toBeGreaterThan(30)
  })

  it('an undo that opens a closed session again ends old or new, killed at every third call', async () => {
    const { points } = await crashEverywhere({ prepare: () => reopenSubject(work), tried, every: 3 })
    expect(points).toBeGreaterThan(30)
  })

  it('an undo ends old or new, its recovery killed as well', async () => {
    const { points } = await crashEverywhere({ prepare: () => undoSubject(work), tried })
    expect(points).toBeGreaterThan(30)
  })
})
