import { afterAll, expect, test } from 'vitest'
import { removeSharedCache, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

test.for(['loop', 'sleep'])('the time limit ends a module that does not: %s', async (module, context) => {
  const { exec } = await wasiBench(context)
  expect(await exec(module, { timeLimitMs: 300 })).toMatchObject({ ended: 'timeout', exitCode: 124, signal: undefined })
})

test('wasmtime keeps a time limit of its own, for when this process is gone', async (context) => {
  const { exec, ports } = await wasiBench(context)
  // A runner whose processes cannot be killed, like one that has been killed itself.
  const start: typeof ports.runner.start = async (request) => ({
    ...(await ports.runner.start(request)),
    kill: () => true,
  })
  const unkillable = { ...ports, runner: { start } }
  expect(await exec('loop', { timeLimitMs: 100 }, unkillable)).toMatchObject({ ended: 'timeout' })
})

test('a module that ends in time has no need of the limit', async (context) => {
  const { exec } = await wasiBench(context)
  expect(await exec('exit', { args: ['3'], timeLimitMs: 60_000 })).toMatchObject({ ended: 'exit', exitCode: 3 })
})

test('memory: the module ends where it would get no more', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('grow', { memoryLimitBytes: 64 * 1024 * 1024, timeLimitMs: 60_000 })
  expect(result).toMatchObject({ ended: 'out-of-memory', exitCode: 134, trap: expect.stringContaining('memory') })
})

test('memory: too little to begin with', async (context) => {
  const { exec } = await wasiBench(context)
  expect(await exec('hello', { memoryLimitBytes: 1000 })).toMatchObject({ ended: 'out-of-memory' })
})

test('memory: the limit is for all memories together', async (context) => {
  const { exec } = await wasiBench(context)
  expect(await exec('two-memories')).toMatchObject({ ended: 'exit', exitCode: 0 })
  expect(await exec('two-memories', { memoryLimitBytes: 1e6 })).toMatchObject({ ended: 'out-of-memory' })
})

test('output: a flood is cut off, and stands nowhere in memory', async (context) => {
  const { exec } = await wasiBench(context)
  const limit = 1_000_000
  let passed = 0
  const stdout = (chunk: Uint8Array): undefined => {
    passed += chunk.length
  }
  const result = await exec('flood', { stdout, outputLimitBytes: limit })
  expect(result).toMatchObject({ ended: 'output-limit', exitCode: 141, stdoutTruncated: true, stderrTruncated: false })
  expect(passed).toBe(limit)
  expect(result.stdout?.length).toBe(limit)
})

test('output: what is collected has a limit even if none is given', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('flood')
  expect(result).toMatchObject({ ended: 'output-limit', stdoutTruncated: true })
  expect(result.stdout?.length).toBe(64 * 1024 * 1024)
})

test('output: exactly the limit is not past it', async (context) => {
  const { exec } = await wasiBench(context)
  const result = await exec('hello', { outputLimitBytes: 11 })
  expect(result).toMatchObject({ ended: 'exit', exitCode: 0, stdoutTruncated: false })
  const cut = await exec('hello', { outputLimitBytes: 8 })
  expect(cut).toMatchObject({ ended: 'output-limit' })
  expect(text(cut.stdout).length + text(cut.stderr).length).toBe(8)
})

test('an abort ends the module', async (context) => {
  const { exec } = await wasiBench(context)
  await exec('loop', { timeLimitMs: 1 })
  const running = new AbortController()
  const result = exec('loop', { signal: running.signal })
  setTimeout(() => running.abort(), 500)
  expect(await result).toMatchObject({ ended: 'aborted', exitCode: 130 })
})

test('an abort before it begins', async (context) => {
  const { exec } = await wasiBench(context)
  await exec('loop', { timeLimitMs: 1 })
  const result = await exec('loop', { signal: AbortSignal.abort(), timeLimitMs: 60_000 })
  expect(result).toMatchObject({ ended: 'aborted' })
})

test.for([
  { timeLimitMs: 0 },
  { timeLimitMs: 2 ** 31 },
  { timeLimitMs: Number.NaN },
  { memoryLimitBytes: -1 },
  { memoryLimitBytes: 1.5 },
  { outputLimitBytes: Number.POSITIVE_INFINITY },
])('no limit: %j', async (limits, context) => {
  const { exec } = await wasiBench(context)
  await expect(exec('hello', limits)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('got') })
})
