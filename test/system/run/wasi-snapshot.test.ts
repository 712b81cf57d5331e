import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import type { RunPorts } from '../../../src/run/run-ports.js'
import type { WasiFiles } from '../../../src/run/wasi-input.js'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import { need, noRoot } from '../../helpers/capability.js'
import { removeSharedCache, text } from '../../helpers/wasi.js'
import { module, type RunnerBench, runnerBench } from '../../helpers/wasi-runner.js'

afterAll(removeSharedCache)

const bytes = (content: string): Uint8Array => new Uint8Array(Buffer.from(content))
const thousand: WasiFiles['files'] = Object.fromEntries(
  Array.from({ length: 1000 }, (_, index) => [`dir-${index % 50}/deeper/file-${index}.txt`, bytes(`file ${index}\n`)]),
)

/** Ports that do something to the workspace's directory in the place of the module. */
function meddling({ ports }: RunnerBench, meddle: (directory: string) => void): RunPorts {
  const start: RunPorts['runner']['start'] = async (request) => {
    if (request.args[0] === 'run') meddle(`/proc/${process.pid}/fd/${request.fds?.[1]}`)
    return ports.runner.start(request)
  }
  return { ...ports, runner: { start } }
}

test('only what changed comes back, and nothing stays behind', async (context) => {
  const { snapshot, scratch } = await runnerBench(context)
  const created = await snapshot('files', ['w', '3', 'dir-0/out.txt', 'new'], thousand)
  expect(created).toMatchObject({ ended: 'exit', exitCode: 0 })
  expect(created.fs).toEqual({ files: { 'dir-0/out.txt': bytes('new') }, deleted: [], skipped: [] })
  const changed = await snapshot('files', ['w', '3', 'dir-7/deeper/file-7.txt', 'changed'], thousand)
  expect(changed.fs).toEqual({ files: { 'dir-7/deeper/file-7.txt': bytes('changed') }, deleted: [], skipped: [] })
  const removed = await snapshot('files', ['u', '4', 'dir-7/deeper/file-7.txt'], thousand)
  expect(removed.fs).toEqual({ files: {}, deleted: ['dir-7/deeper/file-7.txt'], skipped: [] })
  expect(readdirSync(scratch)).toEqual([])
  expect(statSync(scratch).mode & 0o777).toBe(0o700)
})

test('files of all kinds of content, with the same content written again', async (context) => {
  const { snapshot } = await runnerBench(context)
  const files = { 'a b/ü': bytes('text'), empty: bytes(''), 'raw\udcff': bytes('latin'), ['__proto__']: bytes('x') }
  expect(text((await snapshot('files', ['r', '3', 'a b/ü'], files)).stdout)).toBe('text')
  expect((await snapshot('files', ['w', '3', 'a b/ü', 'text'], files)).fs).toEqual({
    files: {},
    deleted: [],
    skipped: [],
  })
  const same = await snapshot('files', ['w', '3', 'a b/ü', 'TEXT'], files)
  expect(Object.entries(same.fs?.files ?? {})).toEqual([['a b/ü', bytes('TEXT')]])
  const proto = await snapshot('files', ['w', '3', '__proto__', 'y'], files)
  expect(Object.entries(proto.fs?.files ?? {})).toEqual([['__proto__', bytes('y')]])
})

test('directories that are empty, new, gone, or files now', async (context) => {
  const bench = await runnerBench(context)
  const ports = meddling(bench, (directory) => {
    rmdirSync(join(directory, 'empty'))
    rmSync(join(directory, 'gone'), { recursive: true })
    rmSync(join(directory, 'emptied/file'))
    mkdirSync(join(directory, 'new/below'), { recursive: true })
    mkdirSync(join(directory, 'full/deep'), { recursive: true })
    writeFileSync(join(directory, 'full/deep/file'), '')
    rmSync(join(directory, 'turned'), { recursive: true })
    writeFileSync(join(directory, 'turned'), 'file')
    unlinkSync(join(directory, 'file'))
    mkdirSync(join(directory, 'file'))
  })
  const none = bytes('')
  const files = { 'empty/': none, 'stays/': none, 'gone/a/b': none, 'emptied/file': none, 'turned/x': none, file: none }
  const workspace = new MemoryWorkspace(files)
  const given = { files: await workspace.snapshot() }
  const { fs } = await bench.runnerWith({ ports }).execModule({ module: module('hello'), fs: given })
  expect(fs?.files).toEqual({ 'new/below/': none, 'full/deep/file': none, turned: bytes('file'), 'file/': none })
  expect([...(fs?.deleted ?? [])].sort()).toEqual(
    ['empty/', 'gone/', 'gone/a/', 'gone/a/b', 'emptied/file', 'turned/', 'turned/x', 'file'].sort(),
  )
  await workspace.apply(fs as NonNullable<typeof fs>)
  expect(await workspace.snapshot()).toEqual({
    'emptied/': none,
    'stays/': none,
    'new/below/': none,
    'full/deep/file': none,
    'file/': none,
    turned: bytes('file'),
  })
})

test.for([
  ['loop', { ended: 'timeout', exitCode: 124 }],
  ['trap', { ended: 'trap', exitCode: 134 }],
  ['exit', { ended: 'exit', exitCode: 9 }],
] as const)('the difference comes back when the module ends so: %s', async ([name, ending], context) => {
  const bench = await runnerBench(context)
  const ports = meddling(bench, (directory) => writeFileSync(join(directory, 'out'), 'made'))
  const runner = bench.runnerWith({ ports })
  const limits = { timeMs: name === 'loop' ? 300 : 60_000 }
  const result = await runner.execModule({ module: module(name), argv: [name, '9'], fs: { files: {} }, limits })
  expect(result).toMatchObject(ending)
  expect(result.fs).toEqual({ files: { out: bytes('made') }, deleted: [], skipped: [] })
  expect(readdirSync(bench.scratch)).toEqual([])
})

test.for([
  ['an absolute path', { '/etc/x': bytes('') }],
  ['a way out', { 'a/../../x': bytes('') }],
  ['.. alone', { '..': bytes('') }],
  ['no name', { '': bytes('') }],
  ['an empty component', { 'a//b': bytes('') }],
  ['a NUL', { 'a\0b': bytes('') }],
  ['a name too long', { ['x'.repeat(256)]: bytes('') }],
  ['a file below a file', { 'a/b': bytes(''), a: bytes('') }],
  ['two that are one', { 'a\ud800': bytes(''), 'a\ufffd': bytes('') }],
  ['a directory and a file', { 'a/': bytes(''), a: bytes('') }],
  ['a directory with content', { 'a/': bytes('x') }],
  ['no bytes', { a: 'text' as unknown as Uint8Array }],
])('%s is no file of a snapshot', async ([, files], context) => {
  const { snapshot, scratch } = await runnerBench(context)
  const failure = { code: 'PATH_INVALID', hint: expect.any(String) }
  await expect(snapshot('hello', [], files as WasiFiles['files'])).rejects.toMatchObject(failure)
  expect(existsSync(scratch)).toBe(false)
})

test('links, FIFOs and sockets are named and not followed', async (context) => {
  const bench = await runnerBench(context)
  const secret = join(bench.outside, 'secret')
  writeFileSync(secret, 'secret')
  const ports = meddling(bench, (directory) => {
    unlinkSync(join(directory, 'sub/was-a-file'))
    symlinkSync(secret, join(directory, 'sub/was-a-file'))
    symlinkSync(bench.outside, join(directory, 'directory'))
    execFileSync('mkfifo', [join(directory, 'fifo')])
    if (process.getuid?.() === 0) execFileSync('mknod', [join(directory, 'device'), 'c', '1', '5'])
    mkdirSync(Buffer.from(`${directory}/not-\xff`, 'latin1'))
    writeFileSync(Buffer.from(`${directory}/not-\xff/utf-\xe4`, 'latin1'), 'bytes')
  })
  const files = { 'sub/was-a-file': bytes('x'), stays: bytes('y') }
  const { fs } = await bench.runnerWith({ ports }).execModule({ module: module('hello'), fs: { files } })
  expect(fs?.files).toEqual({ 'not-\udcff/utf-\udce4': bytes('bytes') })
  expect(fs?.deleted).toEqual(['sub/was-a-file'])
  const skipped = fs?.skipped.filter(({ path }) => path !== 'device')
  expect(skipped).toEqual([
    { path: 'directory', reason: 'symlink' },
    { path: 'fifo', reason: 'special' },
    { path: 'sub/was-a-file', reason: 'symlink' },
  ])
  expect(readdirSync(bench.outside).sort()).toEqual(['secret'])
})

test('a huge file, many entries and long paths: an error, not memory', async (context) => {
  const bench = await runnerBench(context)
  const tooLarge = { code: 'SNAPSHOT_TOO_LARGE' }
  const run = (meddle: (directory: string) => void, limits = {}): Promise<unknown> =>
    bench
      .runnerWith({ ports: meddling(bench, meddle) })
      .execModule({ module: module('hello'), fs: { files: {} }, limits })
  const sparse = (directory: string): void => {
    writeFileSync(join(directory, 'sparse'), '')
    truncateSync(join(directory, 'sparse'), 2 ** 40)
  }
  await expect(run(sparse)).rejects.toMatchObject(tooLarge)
  const many = (directory: string): void => {
    for (let index = 0; index < 20; index += 1) mkdirSync(join(directory, `d-${index}`))
  }
  await expect(run(many, { entries: 19 })).rejects.toMatchObject(tooLarge)
  expect(await run(many, { entries: 20 })).toMatchObject({ exitCode: 0 })
  const long = (directory: string): void => writeFileSync(join(directory, 'x'.repeat(200)), '')
  await expect(run(long, { changedBytes: 199 })).rejects.toMatchObject(tooLarge)
  expect(readdirSync(bench.scratch)).toEqual([])
})

test('a full file system under the snapshot: an error with its errno, and nothing stays', async (context) => {
  need(context, noRoot())
  const { snapshot, outside, runnerWith } = await runnerBench(context)
  const scratchDir = join(outside, 'small')
  mkdirSync(scratchDir, { mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', scratchDir])
  onTestFinished(() => void execFileSync('umount', [scratchDir]))
  const runner = runnerWith({ scratchDir })
  const files = { big: new Uint8Array(2 * 1024 * 1024) }
  const tooMuch = runner.execModule({ module: module('hello'), fs: { files } })
  await expect(tooMuch).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(readdirSync(scratchDir)).toEqual([])
  const filled = await runner.execModule({
    module: module('files'),
    argv: ['files', 'a', '3', 'fill'],
    fs: { files: {} },
  })
  expect(filled).toMatchObject({ ended: 'exit', exitCode: 51 })
  expect(filled.fs?.files.fill?.length).toBeGreaterThan(500_000)
  expect(await snapshot('hello', [], files)).toMatchObject({ exitCode: 0 })
})

test('what a killed process left is swept, what a living one uses is not', async (context) => {
  const { snapshot, scratch } = await runnerBench(context)
  mkdirSync(join(scratch, 'run-dead/workspace/a'), { recursive: true, mode: 0o700 })
  writeFileSync(join(scratch, 'run-dead/workspace/a/file'), 'left')
  mkdirSync(join(scratch, 'run-alive'))
  mkdirSync(join(scratch, 'run-in-the-making'))
  writeFileSync(join(scratch, 'run-dead/lock'), '')
  mkdirSync(join(scratch, 'other'))
  const holder = spawn('flock', [join(scratch, 'run-alive/lock'), 'sh', '-c', 'echo held; read -r _'])
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  expect(await snapshot('hello', [], {})).toMatchObject({ exitCode: 0 })
  expect(readdirSync(scratch).sort()).toEqual(['other', 'run-alive', 'run-in-the-making'])
  holder.stdin.end()
})
