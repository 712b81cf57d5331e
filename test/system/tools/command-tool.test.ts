import { copyFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import type { WasiExecInput, WasiRunner } from '../../../src/run/wasi-input.js'
import { openBundle } from '../../../src/tools/bundle.js'
import { CommandTool, type CommandToolOptions } from '../../../src/tools/command-tool.js'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import { type CommandBed, commandBed, sha256, writeManifest } from '../../helpers/command-bed.js'
import { fixture, removeSharedCache } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

function toolOf({ bundle, runner }: CommandBed, options: Partial<CommandToolOptions> = {}): CommandTool {
  return new CommandTool({ runner, bundles: [bundle], workspace: new MemoryWorkspace(), ...options })
}

test('a tool as agents know them', async (context) => {
  const tool = toolOf(await commandBed(context, ['hello', 'exit']))
  expect(tool).toMatchObject({ name: 'Command', inputSchema: { type: 'object', required: ['argv'] } })
  expect(tool.description).toMatch(/Commands: exit, hello\.$/)
  const output = await tool.run({ argv: ['hello'] })
  expect(output).toEqual({
    ended: 'exit',
    exitCode: 0,
    stdout: 'hello\n',
    stderr: 'oops\n',
    truncatedStdout: false,
    truncatedStderr: false,
  })
  const unknown = { code: 'NO_SUCH_COMMAND', details: { commands: ['exit', 'hello'] } }
  await expect(tool.run({ argv: ['none'] })).rejects.toMatchObject(unknown)
  await expect(tool.run({ argv: ['constructor'] })).rejects.toMatchObject(unknown)
})

test('a module that is not the one of the manifest does not run, before or after the first time', async (context) => {
  const bed = await commandBed(context, ['hello'])
  const tool = toolOf(bed)
  const path = bed.modulePath('hello')
  // Long enough ago that its hash is remembered.
  await sleep(3100)
  for (let round = 0; round < 2; round += 1) expect(await tool.run({ argv: ['hello'] })).toMatchObject({ exitCode: 0 })
  copyFileSync(fixture('exit'), path)
  utimesSync(path, 1, 1)
  const changed = { code: 'MODULE_CHANGED', path, hint: expect.stringContaining('manifest') }
  await expect(tool.run({ argv: ['hello'] })).rejects.toMatchObject(changed)
  copyFileSync(fixture('hello'), path)
  expect(await tool.run({ argv: ['hello'] })).toMatchObject({ exitCode: 0 })
  rmSync(path)
  await expect(tool.run({ argv: ['hello'] })).rejects.toMatchObject({ code: 'MODULE_NOT_FOUND' })
})

test('a call may lower the limits, not raise them; variables of the tool and of the call', async (context) => {
  const bed = await commandBed(context, ['hello', 'strings'])
  const seen: WasiExecInput[] = []
  const runner: WasiRunner = {
    execModule: (input) => {
      seen.push(input)
      return bed.runner.execModule(input)
    },
  }
  const limits = { stdoutBytes: 3, timeMs: 5000 }
  const tool = toolOf(bed, { runner, limits, env: { ONE: 'tool', TWO: 'tool' } })
  const cut = await tool.run({ argv: ['hello'], limits: { stdoutBytes: 5, stderrBytes: 2, memoryBytes: 10_000_000 } })
  expect(cut).toMatchObject({ stdout: 'hel', stderr: 'oo', truncatedStdout: true, truncatedStderr: true })
  expect(seen[0]?.limits).toEqual({ stdoutBytes: 3, stderrBytes: 2, timeMs: 5000, memoryBytes: 10_000_000 })
  await tool.run({ argv: ['strings'], env: { TWO: 'call' } })
  expect(seen[1]).toMatchObject({ env: { ONE: 'tool', TWO: 'call' }, limits: { stderrBytes: 2 ** 20 } })
})

test('output that is no UTF-8, and output as it comes', async (context) => {
  const bed = await commandBed(context, ['files', 'hello'])
  const workspace = new MemoryWorkspace({ raw: Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, 0xff]) })
  const tool = toolOf(bed, { workspace })
  expect((await tool.run({ argv: ['files', 'r', '3', 'raw'] })).stdout).toBe('\ufeffa\ufffd')
  const seen: Uint8Array[] = []
  await tool.run({ argv: ['hello'] }, { onStdout: (chunk) => void seen.push(chunk) })
  expect(Buffer.concat(seen).toString()).toBe('hello\n')
  const signal = AbortSignal.abort()
  await expect(tool.run({ argv: ['hello'] }, { signal })).rejects.toMatchObject({ code: 'ABORTED' })
})

test('calls on a workspace in memory come one after the other, and lose nothing', async (context) => {
  const bed = await commandBed(context, ['paths'])
  const workspace = new MemoryWorkspace()
  const tool = toolOf(bed, { workspace })
  const calls = Array.from({ length: 12 }, (_, index) => tool.run({ argv: ['paths', 'a', 'log', `${index},`] }))
  const failing = expect(tool.run({ argv: ['paths', 'a'], cwd: 'none' })).rejects.toMatchObject({
    code: 'PATH_INVALID',
  })
  await Promise.all([...calls, failing])
  const log = Buffer.from(await workspace.readFile('log')).toString()
  expect(log).toBe('0,1,2,3,4,5,6,7,8,9,10,11,')
})

test('what a workspace in memory cannot hold is told', async (context) => {
  const tool = toolOf(await commandBed(context, ['paths']))
  const output = await tool.run({ argv: ['paths', 'l', 'link', 'target'] })
  expect(output).toMatchObject({ exitCode: 0, skipped: [{ path: 'link', reason: 'symlink' }] })
})

test.for([
  ['no JSON', '{'],
  ['an array', '[]'],
  ['no version', '{"commands":{}}'],
  ['a later version', '{"version":2,"commands":{}}'],
  ['no commands', '{"version":1}'],
  ['a field it does not know', '{"version":1,"commands":{},"key":1}'],
  ['a command without a hash', '{"version":1,"commands":{"a":{"module":"a.wasm"}}}'],
  ['a hash too short', '{"version":1,"commands":{"a":{"module":"a.wasm","sha256":"00"}}}'],
  ['a module above it', `{"version":1,"commands":{"a":{"module":"../a.wasm","sha256":"${'0'.repeat(64)}"}}}`],
  ['an absolute module', `{"version":1,"commands":{"a":{"module":"/a.wasm","sha256":"${'0'.repeat(64)}"}}}`],
  ['a name with a slash', `{"version":1,"commands":{"a/b":{"module":"a.wasm","sha256":"${'0'.repeat(64)}"}}}`],
  ['a command with more', `{"version":1,"commands":{"a":{"module":"a","env":1,"sha256":"${'0'.repeat(64)}"}}}`],
] as const)('a manifest with %s is refused', async ([, content], context) => {
  const bed = await commandBed(context, [])
  writeFileSync(bed.manifest, content)
  const failure = { code: 'BUNDLE_INVALID', path: bed.manifest, hint: expect.any(String) }
  expect(() => openBundle(bed.manifest, bed.ports)).toThrow(expect.objectContaining(failure))
})

test('a manifest that is not there, and two bundles with one name', async (context) => {
  const bed = await commandBed(context, ['hello'])
  for (const path of [join(bed.outside, 'none.json'), bed.outside, join(bed.manifest, 'below')]) {
    expect(() => openBundle(path, bed.ports)).toThrow(expect.objectContaining({ code: 'BUNDLE_INVALID' }))
  }
  const entry = { module: 'modules/hello.wat', sha256: sha256(bed.modulePath('hello')) }
  const other = writeManifest(join(bed.outside, 'bundle/other.json'), {
    version: 1,
    commands: { hello: { ...entry, sha256: '0'.repeat(64) }, hi: entry },
  })
  const bundles = [bed.bundle, openBundle(other, bed.ports)]
  const tool = toolOf(bed, { bundles })
  for (const name of ['hello', 'hi']) expect(await tool.run({ argv: [name] })).toMatchObject({ exitCode: 0 })
})
