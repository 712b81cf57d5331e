import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { cliBed } from '../helpers/cli-bed.js'
import { mcpClient } from '../helpers/mcp-client.js'
import { fixture } from '../helpers/wasi.js'

it('refuses arguments that it does not know, and does nothing', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed, '--allow-commit', '--allow-discard')
  const { merged } = (await call('mount', { session: 'here' })).json as { merged: string }
  bed.sh(`echo new >${merged}/new`)
  const refused: [string, Record<string, unknown>, string, string][] = [
    ['commit', { path: ['new'] }, 'USAGE', 'Unrecognized key: "path"'],
    ['commit', { paths: [] }, 'USAGE', 'paths: '],
    ['commit', { paths: 'new' }, 'USAGE', 'paths: '],
    ['commit', { paths: ['a\0b'] }, 'USAGE', 'paths.0: it holds a null character'],
    ['commit', { paths: ['../new'] }, 'PATH_INVALID', ''],
    ['commit', { paths: ['/etc/passwd'] }, 'PATH_INVALID', ''],
    ['commit', { paths: ['other'] }, 'NO_SUCH_CHANGE', ''],
    ['commit', { on_conflict: 'force' }, 'USAGE', 'on_conflict: '],
    ['commit', { session: 'new' }, 'NO_SUCH_SESSION', ''],
    ['discard', {}, 'USAGE', 'session: '],
    ['discard', { session: 'here', paths: ['.'] }, 'USAGE', ''],
    ['mount', { session: '../up' }, 'SESSION_ID_INVALID', ''],
    ['mount', { session: 'x', project: '/' }, 'USAGE', 'Unrecognized key: "project"'],
    ['status', { session: 'none' }, 'NO_SUCH_SESSION', ''],
    ['exec', {}, 'USAGE', 'module: '],
    ['exec', { module: 'tool.wasm', args: ['a\0b'] }, 'USAGE', 'args.0: it holds a null character'],
    ['exec', { module: 'tool.wasm', args: ['\ud800'] }, 'USAGE', 'args.0: it is no text'],
    ['exec', { module: 'tool.wasm', time_ms: 3_600_000 }, 'USAGE', 'time_ms: '],
    ['exec', { module: 'tool.wasm', memory_bytes: 0 }, 'USAGE', 'memory_bytes: '],
    ['exec', { module: 'tool.wasm', output_bytes: 1.5 }, 'USAGE', 'output_bytes: '],
  ]
  for (const [name, input, code, message] of refused) {
    expect(await call(name, input), `${name} ${JSON.stringify(input)}`).toMatchObject({
      isError: true,
      json: { error: { code, message: expect.stringContaining(message) } },
    })
  }
  expect(existsSync(join(bed.project, 'new'))).toBe(false)
  expect((await call('status')).json).toMatchObject({ changes: [{ path: 'new' }] })
})

it('runs modules of the session and of the user, and no others', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed, '--module', fixture('hello'))
  const { merged } = (await call('mount')).json as { merged: string }
  bed.sh(`mkdir ${merged}/bin ../far; cp ${fixture('exit')} ${merged}/bin/tool.wat; cp ${fixture('hello')} ../far/`)
  bed.sh(
    `cd ${merged} || exit; ln -s ${fixture('hello')} link.wat; ln -s ../../../../../far far; mkfifo fifo; ln -s bin/tool.wat near.wat`,
  )
  expect((await call('exec', { module: 'hello.wat' })).json).toMatchObject({ ended: 'exit', exitStatus: 0 })
  for (const module of ['bin/tool.wat', `${merged}/bin/tool.wat`, './bin/../bin/tool.wat']) {
    expect((await call('exec', { module, args: ['7'] })).json).toMatchObject({ ended: 'exit', exitStatus: 7 })
  }
  const refused: [string, string][] = [
    [fixture('hello'), 'PATH_INVALID'],
    ['../../../../far/hello.wat', 'PATH_INVALID'],
    ['link.wat', 'MODULE_INVALID'],
    ['near.wat', 'MODULE_INVALID'],
    ['far/hello.wat', 'MODULE_NOT_FOUND'],
    ['fifo', 'MODULE_INVALID'],
    ['bin', 'MODULE_INVALID'],
    ['.', 'MODULE_INVALID'],
    ['none.wasm', 'MODULE_NOT_FOUND'],
    ['README.md', 'MODULE_INVALID'],
    ['README.md/x', 'MODULE_NOT_FOUND'],
  ]
  for (const [module, code] of refused) {
    expect(await call('exec', { module }), module).toMatchObject({ isError: true, json: { error: { code } } })
  }
  expect(await call('exec', { module: 'bin/tool.wat', cwd: 'far' })).toMatchObject({
    isError: true,
    json: { error: { code: 'PATH_INVALID' } },
  })
})

it('gives a module the input, the environment and the limits of the call', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const modules = ['cat', 'strings', 'trap', 'loop', 'flood'].flatMap((name) => ['--module', fixture(name)])
  const { call } = await mcpClient(bed, ...modules)
  await call('mount')
  expect((await call('exec', { module: 'cat.wat', stdin: 'ä\n' })).json.stdout).toBe('ä\n')
  expect((await call('exec', { module: 'cat.wat' })).json.stdout).toBe('')
  const strings = await call('exec', { module: 'strings.wat', args: ['-x'], env: { A: 'b' }, cwd: 'src' })
  expect((strings.json.stdout as string).split('\0').slice(0, -1).sort()).toEqual(
    ['-x', 'A=b', 'PWD=/workspace/src', 'strings.wat'].sort(),
  )
  expect((await call('exec', { module: 'trap.wat' })).json).toMatchObject({ ended: 'trap', exitStatus: 134 })
  const loop = await call('exec', { module: 'loop.wat', time_ms: 300 })
  expect(loop).toMatchObject({ isError: false, json: { ended: 'timeout', exitStatus: 124 } })
  const flood = (await call('exec', { module: 'flood.wat' })).json
  expect(flood).toMatchObject({ ended: 'output-limit', stdoutTruncated: true, truncated: { stdout: 2 ** 20 } })
  expect((flood.stdout as string).length).toBe(65_536)
})

it('cuts long lists and long patches, and says so', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed)
  const { merged } = (await call('mount')).json as { merged: string }
  bed.sh(`cd ${merged} || exit; for i in $(seq 300); do seq 200 >f$i; done`)
  const { changes, truncated } = (await call('status')).json as { changes: unknown[]; truncated: unknown }
  expect(changes.length).toBe(200)
  expect(truncated).toEqual({ changes: 300 })
  const { text, isCut } = (await call('diff')).json as { text: string; isCut: boolean }
  expect(isCut).toBe(true)
  expect(text.length).toBeLessThanOrEqual(65_536)
  expect(text).toMatch(/^diff --git [\s\S]*\n$/)
  expect((await call('diff', { paths: ['f7'] })).json).toMatchObject({ isCut: false })
})
