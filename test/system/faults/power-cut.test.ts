import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildTracer, traceCli } from '../../helpers/call-tracer.js'
import { need } from '../../helpers/capability.js'
import { closeSubject, commitSubject, reopenSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind, few } from '../../helpers/fault-works.js'
import { type CutFlags, cutEverywhere, noPowerDisk, powerDisk } from '../../helpers/power-cut.js'
import { realSession, realSessionId } from '../../helpers/real-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { mustBeOldOrNew } from '../../helpers/tree-oracle.js'

const [backend] = backends

describe.each(['ext4', 'xfs'] as const)('the power cut on %s', { timeout: 600_000 }, (type) => {
  const tried = nothingTried()
  let tracer = ''
  beforeAll(() => {
    if (noPowerDisk(type) === undefined) tracer = buildTracer()
  })
  afterAll(() => reportTried(tried))
  beforeEach((context) => need(context, noPowerDisk(type)))

  const disk = () => {
    if (backend === undefined) throw new Error('no backend')
    const made = powerDisk(type, tracer)
    const work: Work = { backend, top: `${made.root}/work`, ...everyKind }
    mkdirSync(work.top)
    return { disk: made, work }
  }

  const flags: [string, CutFlags][] = [
    ['the log flushed', 1],
    ['nothing flushed', 2],
  ]

  it.each(flags)('with %s, a commit ends old or new', async (_name, flags) => {
    const { disk: on, work } = disk()
    const { points } = await cutEverywhere({ disk: on, flags, prepare: () => commitSubject(work), tried })
    expect(points).toBeGreaterThan(50)
  })

  it.each(flags)('with %s, an undo ends old or new', async (_name, flags) => {
    const { disk: on, work } = disk()
    const { points } = await cutEverywhere({ disk: on, flags, prepare: () => undoSubject(work), tried })
    expect(points).toBeGreaterThan(20)
  })

  it.each(flags)('with %s, a commit that closes its session ends old or new', async (_name, flags) => {
    const { disk: on, work } = disk()
    const { points } = await cutEverywhere({ disk: on, flags, prepare: () => closeSubject(work), tried, every: 4 })
    expect(points).toBeGreaterThan(30)
  })

  it.each(flags)('with %s, an undo that opens a closed session again ends old or new', async (_name, flags) => {
    const { disk: on, work } = disk()
    const { points } = await cutEverywhere({ disk: on, flags, prepare: () => reopenSubject(work), tried, every: 4 })
    expect(points).toBeGreaterThan(20)
  })

  it('in the midst of the real program, a commit ends old or new', async () => {
    const { disk: on } = disk()
    const seen = new Set<string>()
    // A session for each cut, all of them on disk before.
    for (let at = 1; ; at += 3) {
      const top = `${on.root}/real-${at}`
      mkdirSync(top)
      const subject = await realSession(top, few)
      on.sync()
      const { project } = subject
      const actions = ['--shutdown', on.root, '--at', `${at}`]
      const commit = traceCli({ tracer, below: project, actions }, '-C', project, 'commit', realSessionId, '--yes')
      if (!commit.struck) {
        expect(commit.status, commit.stderr).toBe(0)
        break
      }
      tried.crashes += 1
      on.restart()
      const recovery = traceCli({ tracer, below: project }, '-C', project, 'recover')
      expect(recovery.status, `call ${at}: ${recovery.stderr}`).toBe(0)
      seen.add(mustBeOldOrNew(subject.tree(), subject))
    }
    expect(seen).toEqual(new Set(['old', 'new']))
  })
})
