import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { WasmtimeWasiRunner } from '../../../src/run/wasi-runner.js'
import { openBundle } from '../../../src/tools/bundle.js'
import { CommandTool } from '../../../src/tools/command-tool.js'
import { need, noWasmtime, toolPath } from '../../helpers/capability.js'
import { noBackend, scratchProject, sessionBackends } from '../../helpers/open-scratch.js'
import { fixture, removeSharedCache, sharedCache } from '../../helpers/wasi.js'

afterAll(removeSharedCache)
const runner = new WasmtimeWasiRunner({ cacheDir: sharedCache, searchPath: toolPath() })
const module = { kind: 'path', path: fixture('files') } as const

describe.each(sessionBackends)('a module in a session by %s', (backend) => {
  beforeEach((context) => need(context, noBackend(backend) ?? noWasmtime()))

  it('writes to merged, and to the project only by a commit', async () => {
    const { project, open } = scratchProject({ 'dir/kept': 'x' })
    await using session = await open({ backend, runner })
    const result = await session.exec({ module, argv: ['files', 'w', '3', 'out.txt', 'hello'] })
    expect(result).toMatchObject({ ended: 'exit', exitCode: 0 })
    expect(readFileSync(`${session.merged}/out.txt`, 'utf8')).toBe('hello')
    expect(Buffer.from(await session.workspace.readFile('out.txt')).toString()).toBe('hello')
    expect(readdirSync(project).sort()).toEqual(['.openagentic', 'dir'])
    expect((await session.changes()).changes).toEqual([{ path: 'out.txt', kind: 'create', status: 'A' }])
    await session.commit()
    expect(readFileSync(`${project}/out.txt`, 'utf8')).toBe('hello')
    const log = readFileSync(`${session.session.dir}/log.jsonl`, 'utf8')
    expect(log).toContain('"operation":"exec","details":{"argv":["files","w","3","out.txt","hello"],"ended":"exit"')
  })

  it('does not run once the session is detached', async () => {
    const { project, open } = scratchProject()
    const session = await open({ backend, runner })
    await session.unmount()
    const run = session.exec({ module, argv: ['files', 'w', '3', 'out.txt', 'lost'] })
    await expect(run).rejects.toMatchObject({ code: 'SESSION_NOT_MOUNTED' })
    expect(existsSync(`${project}/out.txt`)).toBe(false)
  })

  it('is a command of a tool on the workspace, too', async () => {
    const { open } = scratchProject({ 'README.md': 'one\ntwo\n' })
    await using session = await open({ backend })
    const bundles = [openBundle(`${process.cwd()}/examples/agent-loop/bundle/bundle.json`)]
    const tool = new CommandTool({ runner, bundles, workspace: session.workspace })
    await session.workspace.writeFile('README.md', Buffer.from('one\ntwo\nthree\n'))
    expect(await tool.run({ argv: ['count-lines', 'README.md'] })).toMatchObject({ exitCode: 0, stdout: '3\n' })
    expect(await tool.run({ argv: ['count-lines', '../README.md'] })).toMatchObject({ stdout: '' })
    expect((await tool.run({ argv: ['count-lines', 'none'] })).exitCode).toBe(44)
  })
})
