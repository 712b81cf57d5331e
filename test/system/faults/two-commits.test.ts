import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import type { Recovery } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import type { Session } from '../../../src/session/session.js'
import { need } from '../../helpers/capability.js'
import { Crash, failureOf } from '../../helpers/crash-points.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()
const project = 'for n in one other shared; do echo old > $n; done; mkdir d; echo x > d/x'

/** What a session does: to a file of its own, to one that the other writes to as well, and in a directory of both. */
const work = (own: string): string =>
  `echo ${own} > ${own}; echo ${own} > shared; echo ${own} > d/${own}; mkdir new-${own}`

describe.each(backends)('two $name sessions of a project commit at once', { timeout: 300_000 }, (backend) => {
  let top = ''
  let count = 0
  const tried = nothingTried()
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'two')
  })
  afterAll(() => {
    reportTried(tried)
    rmSync(top, { recursive: true, force: true })
  })
  beforeEach((context) => need(context, backend.missing()))

  const sh = (at: string, script: string): void =>
    void execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })

  const worked = async (own: string, shared?: AbsPath): Promise<ScratchSession> => {
    const before = (at: string): void => (shared === undefined ? sh(at, project) : undefined)
    const place = { dir: `${top}/${count}-${own}`, ...(shared === undefined ? {} : { project: shared }) }
    const scratch = await openScratchSession({ ports, backend, before, ...place })
    sh(scratch.merged, work(own))
    await scratch.unmount()
    return scratch
  }

  it('of which one is killed: the other is refused while it works, and neither loses anything', async () => {
    const seen = new Set<string>()
    for (let at = 1; ; at += 3) {
      count += 1
      const one = await worked('one')
      const other = await worked('other', one.project)
      let refused: Promise<unknown> | undefined
      const { ops } = watchedOps(ports.ops, (call) => {
        refused ??= call === at ? failureOf(() => commitSession(ports, other.session)) : undefined
        if (call >= at) throw new Crash(`killed before call ${at}`)
      })
      const failure = await failureOf(() => commitSession({ ...ports, ops }, one.session))
      if (refused === undefined) {
        expect(failure).toBe(undefined)
        break
      }
      tried.crashes += 1
      expect(await refused, `call ${at}`).toMatchObject({ code: 'ALREADY_COMMITTING' })
      seen.add(await bothGoOn(one, other.session, at))
      rmSync(`${top}/${count}-one`, { recursive: true })
      rmSync(`${top}/${count}-other`, { recursive: true })
    }
    expect(seen).toEqual(new Set(['old', 'new, other refused', 'new, other first']))
  })
})

async function bothGoOn({ session, project }: ScratchSession, other: Session, at: number): Promise<string> {
  const content = (path: string): string => readFileSync(`${project}/${path}`, 'utf8').trim()
  const late = await failureOf(() => commitSession(ports, other))
  if (late !== undefined) expect(late, `call ${at}`).toMatchObject({ code: 'COMMIT_CONFLICT', path: 'shared' })
  const recovery: Recovery | undefined = await recoverCommit(ports, session)
  expect(isCutShort(ports, session)).toBe(false)
  const isNew = content('one') === 'one'
  const is = !isNew ? 'old' : late === undefined ? 'new, other first' : 'new, other refused'
  const conflicts = recovery?.conflicts.map(({ path }) => path) ?? []
  if (late === undefined)
    expect({ at, shared: content('shared'), other: content('d/other') }).toEqual({
      at,
      shared: 'other',
      other: 'other',
    })
  else
    expect({ at, shared: content('shared'), other: existsSync(`${project}/d/other`) }).toEqual({
      at,
      shared: 'one',
      other: false,
    })
  expect({ at, conflicts }).toEqual({ at, conflicts: is === 'new, other first' ? ['shared'] : [] })
  // Whoever came second takes the rest first, then goes over the other's version, which is kept.
  const [second, first] = late === undefined ? [session, 'other'] : [other, 'one']
  await commitSession(ports, second, { onConflict: 'skip' })
  expect({ at, shared: content('shared') }).toEqual({ at, shared: first })
  const { applied } = await commitSession(ports, second, { onConflict: 'ours' })
  expect(applied.map(({ path }) => path)).toEqual(['shared'])
  for (const own of ['one', 'other']) {
    expect([content(own), content(`d/${own}`), existsSync(`${project}/new-${own}`)]).toEqual([own, own, true])
  }
  expect(content('shared')).toBe(first === 'one' ? 'other' : 'one')
  const kept = execFileSync('grep', ['-rlx', first, `${second.dir}/undo`], { encoding: 'utf8' })
  expect(kept).toContain('/stage/')
  return is
}
