import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, environment } from '../helpers/cli-bed.js'
import { mcpClient } from '../helpers/mcp-client.js'
import { fixture } from '../helpers/wasi.js'

it('answers two calls at once', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call, pid } = await mcpClient(bed, '--module', fixture('files'), '--module', fixture('sleep'))
  await call('mount')
  const cancel = new AbortController()
  const slow = call('exec', { module: 'sleep.wat' }, { signal: cancel.signal }).catch(() => 'cancelled')
  await wasmtimeOf(pid)
  await Promise.all(['a', 'b', 'c'].map((name) => call('exec', { module: 'files.wat', args: ['w', '3', name, name] })))
  expect((await call('diff', { form: 'name-status' })).json.text).toBe('A a\nA b\nA c\n')
  cancel.abort()
  expect(await slow).toBe('cancelled')
})

it('ends a module whose call is cancelled, and goes on', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call, pid } = await mcpClient(bed, '--module', fixture('sleep'))
  await call('mount')
  const cancel = new AbortController()
  const running = call('exec', { module: 'sleep.wat' }, { signal: cancel.signal })
  const child = await wasmtimeOf(pid)
  cancel.abort('enough')
  await expect(running).rejects.toThrow('enough')
  await gone(child)
  expect((await call('list')).json).toMatchObject({ sessions: [{ state: 'attached' }] })
  expect(bed.run('log').stdout).toContain('ended=aborted')
})

it('tells a client that asks for it that a long call is alive', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed, '--module', fixture('loop'))
  await call('mount')
  const steps: number[] = []
  const onprogress = ({ progress }: { progress: number }): void => void steps.push(progress)
  await call('exec', { module: 'loop.wat', time_ms: 2500 }, { onprogress })
  expect(steps.slice(0, 2)).toEqual([1, 2])
})

it.for(['SIGTERM', 'SIGINT', 'end of input'] as const)(
  'ends in order at %s, and ends what runs',
  async (how, context) => {
    need(context, noRoot())
    const server = busyServer(cliBed())
    const child = await wasmtimeOf(server.pid ?? 0)
    if (how === 'end of input') server.stdin.end()
    else server.kill(how)
    const [status] = await once(server, 'exit')
    expect(status).toBe(0)
    await gone(child)
  },
)

it('ends when its client is killed', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.run('mount')
  const program = `const {spawn} = require('child_process')
    const server = spawn(process.execPath, ${JSON.stringify(serverArguments(bed, 'sleep'))}, { stdio: ['pipe', 'pipe', 'inherit'] })
    server.stdin.write(${JSON.stringify(busy)}); console.log(server.pid); setInterval(() => {}, 1000)`
  const client = spawn(process.execPath, ['-e', program], {
    env: environment(bed.top),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void client.kill('SIGKILL'))
  const [line] = (await once(client.stdout, 'data')) as [Buffer]
  const server = Number(line.toString())
  const child = await wasmtimeOf(server)
  client.kill('SIGKILL')
  await gone(child)
  await gone(server)
})

it('keeps standard output for the protocol, whatever it is sent', async () => {
  const bed = cliBed()
  const server = spawn(process.execPath, serverArguments(bed), { env: environment(bed.top), stdio: 'pipe' })
  onTestFinished(() => void server.kill('SIGKILL'))
  let out = ''
  server.stdout.on('data', (piece: Buffer) => {
    out += piece.toString()
  })
  server.stdin.write('no json\n{"jsonrpc":"2.0"}\n\n[]\n')
  server.stdin.write(request(7, 'ping', {}))
  while (!out.includes('\n')) await wait(10)
  server.stdin.end()
  expect(await once(server, 'exit')).toEqual([0, null])
  expect(out).toBe('{"result":{},"jsonrpc":"2.0","id":7}\n')
})

it('says before the protocol begins what stops it', () => {
  const bed = cliBed()
  const start = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [cliProgram, ...args], { env: environment(bed.top), encoding: 'utf8', input: '' })
  expect(start('-C', '/nowhere', 'mcp')).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('PROJECT_INVALID'),
  })
  expect(start('mcp', '--module', 'a/x', '--module', 'b/x')).toMatchObject({ status: 2, stdout: '' })
  expect(start('--json', 'mcp')).toMatchObject({ status: 2, stdout: expect.stringContaining('no --json') })
})

function serverArguments(bed: CliBed, ...modules: string[]): string[] {
  return [cliProgram, '-C', bed.project, 'mcp', ...modules.flatMap((name) => ['--module', fixture(name)])]
}

function request(id: number, method: string, params: Record<string, unknown>): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
}

const client = { name: 'test', version: '1' }

/** What a client sends that has such a module run. */
const busy: string = [
  request(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: client }),
  request(2, 'tools/call', { name: 'exec', arguments: { module: 'sleep.wat' } }),
].join('')

/** A server in whose session a module runs that does not end by itself. */
function busyServer(bed: CliBed): ChildProcessByStdio<Writable, Readable, null> {
  bed.run('mount')
  const server = spawn(process.execPath, serverArguments(bed, 'sleep'), {
    env: environment(bed.top),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void server.kill('SIGKILL'))
  server.stdin.write(busy)
  return server
}

/** The process of the module that a server runs, as soon as there is one. */
async function wasmtimeOf(server: number): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ')
    const found = children.find((pid) => pid !== '' && argumentsOf(pid).includes('--dir'))
    if (found !== undefined) return Number(found)
    await wait(20)
  }
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await wait(20)
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
