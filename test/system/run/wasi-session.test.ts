import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, type TestContext, test } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import type { BackendName } from '../../../src/mount/backend.js'
import type { Ports } from '../../../src/os/ports.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { jsonName } from '../../../src/paths/bytes.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { createSession } from '../../../src/session/create-session.js'
import type { Session } from '../../../src/session/session.js'
import { need } from '../../helpers/capability.js'
import { noBackend, sessionBackends } from '../../helpers/open-scratch.js'
import { removeBed } from '../../helpers/session-bed.js'
import { path, removeSharedCache } from '../../helpers/wasi.js'
import { module, type RunnerBench, runnerBench, watchedPorts } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

interface SessionBench extends RunnerBench {
  readonly systemPorts: Ports
  readonly session: Session
  readonly project: string
  /** The session's directory, for the runner. */
  readonly merged: string
}

async function sessionBench(context: TestContext, backend: BackendName): Promise<SessionBench> {
  need(context, noBackend(backend))
  const bench = await runnerBench(context)
  const top = mkdtempSync(join(tmpdir(), 'overlay-runner-'))
  onTestFinished(() => removeBed(top))
  const project = join(top, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'base.txt'), 'base')
  const ports = systemPorts()
  const options = { project: path(project), stateRoot: path(join(top, 'state')), id: sessionId('s'), backend }
  const { session } = await createSession(ports, options)
  expect(session.record.backend).toBe(backend)
  return { ...bench, systemPorts: ports, session, project, merged: jsonName(session.merged) }
}

test.for(sessionBackends)(
  '%s: what a module writes is in merged at once, and in the project after the commit',
  async (backend, context) => {
    const { runner, merged, project, session, scratch, systemPorts: ports } = await sessionBench(context, backend)
    const run = (...argv: string[]): Promise<unknown> =>
      runner.execModule({ module: module(argv[0] as string), argv, preopenDir: merged })
    expect(await run('files', 'w', '3', 'out.txt', 'made')).toMatchObject({ ended: 'exit', exitCode: 0 })
    expect(await run('paths', 'a', 'base.txt', ' and more')).toMatchObject({ ended: 'exit', exitCode: 0 })
    expect(readFileSync(join(merged, 'out.txt'), 'utf8')).toBe('made')
    expect(existsSync(join(project, 'out.txt'))).toBe(false)
    expect(readFileSync(join(project, 'base.txt'), 'utf8')).toBe('base')
    expect(existsSync(scratch)).toBe(false)
    await commitSession(ports, session)
    expect(readFileSync(join(project, 'out.txt'), 'utf8')).toBe('made')
    expect(readFileSync(join(project, 'base.txt'), 'utf8')).toBe('base and more')
  },
)

test.for(sessionBackends)('%s: two hundred at once on one session, none lost', async (backend, context) => {
  const { merged, project, ports, outside, runnerWith } = await sessionBench(context, backend)
  const watched = watchedPorts(ports)
  const runner = runnerWith({ ports: watched.ports, concurrency: 8, cacheDir: join(outside, 'cache') })
  const numbers = Array.from({ length: 200 }, (_, index) => index)
  const results = await Promise.all(
    numbers.map((number) =>
      runner.execModule({
        module: module('files'),
        argv: ['files', 'w', '3', `out-${number}`, `by ${number}`],
        preopenDir: merged,
        limits: { timeMs: 60_000 },
      }),
    ),
  )
  expect(results.filter(({ ended, exitCode }) => ended !== 'exit' || exitCode !== 0)).toEqual([])
  for (const number of numbers) expect(readFileSync(join(merged, `out-${number}`), 'utf8')).toBe(`by ${number}`)
  expect(watched.started.filter((first) => first === 'run').length).toBe(200)
  expect(watched.started.filter((first) => first !== 'run')).toEqual(['--version', 'compile'])
  expect(watched.most()).toBe(8)
  expect(readdirSync(project).sort()).toEqual(['.openagentic', 'base.txt'])
})
