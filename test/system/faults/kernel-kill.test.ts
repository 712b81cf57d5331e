import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildTracer, noTracer, traceCli } from '../../helpers/call-tracer.js'
import { need, noRoot } from '../../helpers/capability.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind, few, type WorkScripts } from '../../helpers/fault-works.js'
import { type RealSession, realSession, realSessionId } from '../../helpers/real-session.js'
import { mustBeOldOrNew } from '../../helpers/tree-oracle.js'

const tried = nothingTried()
let tracer = ''
let top = ''

beforeAll(() => {
  if (noRoot() ?? noTracer()) return
  tracer = buildTracer()
  top = mkdtempSync(join(tmpdir(), 'overlay-kill-'))
})
afterAll(() => {
  reportTried(tried)
  if (top !== '') rmSync(top, { recursive: true, force: true })
})
beforeEach((context) => need(context, noRoot() ?? noTracer()))

it.each(['before', 'after'])(
  'killed %s each call, a small commit ends old or new',
  { timeout: 600_000 },
  async (when) => {
    const seen = await killEverywhere(few, when, 1)
    expect(seen).toEqual({ old: expect.any(Number), new: expect.any(Number) })
  },
)

it('killed at some calls, a commit of every kind ends old or new', { timeout: 600_000 }, async () => {
  const seen = await killEverywhere(everyKind, 'before', 7)
  expect(seen).toEqual({ old: expect.any(Number), new: expect.any(Number) })
})

/** Kills the program at call 1, 1 + every, ..., and each time its recovery too, once. How often the tree was which. */
async function killEverywhere(work: WorkScripts, when: string, every: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  let subject: RealSession | undefined
  for (let at = 1; ; at += every) {
    subject ??= await prepared(work)
    const below = subject.project
    const actions = [`--kill-${when}`, `${at}`]
    const commit = traceCli({ tracer, below, actions }, '-C', below, 'commit', realSessionId, '--yes')
    if (!commit.struck) {
      expect(commit.status, commit.stderr).toBe(0)
      expect(mustBeOldOrNew(subject.tree(), subject)).toBe('new')
      return seen
    }
    tried.crashes += 1
    const again = traceCli({ tracer, below, actions: ['--kill-before', `${1 + (at % 9)}`] }, '-C', below, 'recover')
    if (again.struck) tried.crashes += 1
    const recovery = traceCli({ tracer, below }, '-C', below, 'recover')
    expect(recovery.status, `call ${at}: ${recovery.stderr}`).toBe(0)
    const is = mustBeOldOrNew(subject.tree(), subject)
    seen[is] = (seen[is] ?? 0) + 1
    expect(readdirSync(subject.session.dir)).not.toContain('journal')
    if (is === 'new') subject = undefined
  }
}

async function prepared(work: WorkScripts): Promise<RealSession> {
  rmSync(join(top, 'project'), { recursive: true, force: true })
  return await realSession(top, work)
}
