import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { bytesFromBuffer } from '../../../src/paths/bytes.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { findWasmtime } from '../../../src/run/find-wasmtime.js'
import { need, noRoot } from '../../helpers/capability.js'
import { path, removeSharedCache, systemPorts, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

test('wasmtime is killed from outside', async (context) => {
  const { exec, ports } = await wasiBench(context)
  const start: typeof ports.runner.start = async (request) => {
    const started = await ports.runner.start(request)
    if (request.args[0] === 'run') process.kill(started.pid as number, 'SIGTERM')
    return started
  }
  const result = await exec('loop', {}, { ...ports, runner: { start } })
  expect(result).toMatchObject({ ended: 'killed', exitCode: 143, signal: 'SIGTERM' })
})

test('wasmtime is gone, or cannot be executed', async (context) => {
  const { exec, outside } = await wasiBench(context)
  await exec('hello')
  const program = join(outside, 'wasmtime')
  const wasmtime = { path: program, version: '48.0.2' }
  await expect(exec('exit', { wasmtime })).rejects.toMatchObject({ code: expect.stringMatching(/^WASMTIME_/) })
  writeFileSync(program, '#!/bin/sh\necho wasmtime 9.0.0\n')
  await expect(exec('exit', { wasmtime })).rejects.toMatchObject({ code: expect.stringMatching(/^WASMTIME_/) })
  const found = findWasmtime(systemPorts(), { program })
  await expect(found).rejects.toMatchObject({ code: 'WASMTIME_MISSING', path: program })
  chmodSync(program, 0o755)
  await expect(findWasmtime(systemPorts(), { program })).rejects.toMatchObject({ code: 'WASMTIME_TOO_OLD' })
})

test('the installed wasmtime is found, before one on PATH', async (context) => {
  const { wasmtime } = await wasiBench(context)
  const toolDirs = [dirname(wasmtime.path)]
  expect(await findWasmtime(systemPorts(), { toolDirs, searchPath: '/nowhere' })).toEqual(wasmtime)
  expect(wasmtime.version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('a full file system: the module sees it and goes on', async (context) => {
  need(context, noRoot())
  const { exec, workspace } = await wasiBench(context)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', workspace])
  onTestFinished(() => void execFileSync('umount', [workspace]))
  const noSpace = 51
  expect(await exec('files', { args: ['a', '3', 'fill'] })).toMatchObject({ ended: 'exit', exitCode: noSpace })
  expect(statSync(join(workspace, 'fill')).size).toBeGreaterThan(500_000)
})

test('twenty at once, none of them compiled before', async (context) => {
  const { exec, outside } = await wasiBench(context)
  const cacheDir = path(join(outside, 'cache'))
  const started = Array.from({ length: 20 }, (_, status) => exec('exit', { cacheDir, args: [String(status)] }))
  const results = await Promise.all(started)
  expect(results.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 20 }, (_, status) => status))
  expect(readdirSync(join(outside, 'cache')).filter((name) => !name.endsWith('.lock')).length).toBe(1)
})

test('a workspace reached by a link through another process, as under userns', async (context) => {
  const { exec, workspace, outside } = await wasiBench(context)
  const holder = spawn('unshare', [
    '--user',
    '--map-root-user',
    '--mount',
    'sh',
    '-c',
    'mount -t tmpfs tmpfs "$0" && echo ready && read -r _',
    workspace,
  ])
  onTestFinished(() => void holder.kill('SIGKILL'))
  need(
    context,
    await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit').then(() => 'no mount namespaces')]).then(
      (outcome) => (typeof outcome === 'string' ? outcome : undefined),
    ),
  )
  const link = join(outside, 'merged')
  symlinkSync(`/proc/${holder.pid}/root${workspace}`, link)
  const merged = path(link)
  expect(await exec('files', { merged, args: ['w', '3', 'out.txt', 'inside'] })).toMatchObject({ exitCode: 0 })
  expect(await exec('files', { merged, args: ['w', '4', 'two.txt', 'inside'] })).toMatchObject({ exitCode: 0 })
  expect(readFileSync(join(link, 'out.txt'), 'utf8')).toBe('inside')
  expect(readdirSync(workspace)).toEqual([])
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await expect(exec('hello', { merged })).rejects.toMatchObject({ code: 'SESSION_NOT_MOUNTED', path: link })
})

test('directories whose names are hard to pass on', async (context) => {
  const { exec, workspace } = await wasiBench(context)
  for (const name of ['a::b', 'with space, comma', 'new\nline', '-dash', 'byte\xff']) {
    const bytes = Buffer.from(`${workspace}/${name}`, 'latin1')
    mkdirSync(bytes)
    const merged = absPath(bytesFromBuffer(bytes))
    expect(await exec('files', { merged, args: ['w', '3', 'out', name] })).toMatchObject({ exitCode: 0 })
    expect(readdirSync(bytes)).toEqual(['out'])
  }
})

test('values of variables are not on the command line', async (context) => {
  const { exec, ports } = await wasiBench(context)
  let line = ''
  const start: typeof ports.runner.start = async (request) => {
    line = request.args.join(' ')
    return ports.runner.start(request)
  }
  const result = await exec('strings', { env: { TOKEN: 'hush' } }, { ...ports, runner: { start } })
  expect(text(result.stdout)).toContain('TOKEN=hush')
  expect(line).not.toContain('hush')
})
