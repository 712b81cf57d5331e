import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need, noRoot } from '../../helpers/capability.js'
import { closeSubject, commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { crashEverywhere, failEverywhere } from '../../helpers/crash-points.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { renamed } from '../../helpers/fault-works.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

// A plain user's session has no redirects.
const backend = backends.find(({ redirects }) => redirects === 'followed')

describe('directories renamed in a session', { timeout: 600_000 }, () => {
  let work: Work
  const tried = nothingTried()
  beforeAll(() => {
    if (backend?.missing() === undefined && backend) work = { backend, top: makeTop(backend, 'renamed'), ...renamed }
  })
  afterAll(() => {
    reportTried(tried)
    if (work !== undefined) rmSync(work.top, { recursive: true, force: true })
  })
  beforeEach((context) => need(context, noRoot()))

  describe.each([
    ['a commit', commitSubject],
    ['a commit that closes its session', closeSubject],
    ['an undo', undoSubject],
  ])('%s', (_name, subject) => {
    it('ends old or new, killed at every call, and its recovery as well', async () => {
      const { points } = await crashEverywhere({ prepare: () => subject(work), tried })
      expect(points).toBeGreaterThan(40)
    })

    it('puts everything back whichever call fails, or does not need it', async () => {
      const { failed } = await failEverywhere({ prepare: () => subject(work), tried, code: 'EIO' })
      expect(failed).toBeGreaterThan(30)
    })
  })

  it('are renamed in the project by one call each', async () => {
    const subject = await commitSubject(work)
    const moves: string[] = []
    const { ops } = watchedOps(systemPorts().ops, (_call, name, args) => {
      if (name === 'rename') moves.push(`${args[1]} ${args[3]}`)
    })
    await subject.run(ops)
    expect(moves).toEqual(expect.arrayContaining(['old new', 'pack pack', 'one two']))
  })
})
