import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildTracer } from '../../helpers/call-tracer.js'
import { need } from '../../helpers/capability.js'
import { commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { type CutFlags, cutEverywhere, noPowerDisk, powerDisk } from '../../helpers/power-cut.js'
import { backends } from '../../helpers/test-overlays.js'

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
})
