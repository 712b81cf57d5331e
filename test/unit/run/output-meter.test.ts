import { expect, test, vi } from 'vitest'
import { outputMeter } from '../../../src/run/output-meter.js'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const textOf = (data: Uint8Array | undefined): string | undefined => data && Buffer.from(data).toString()

test('without a limit everything is handed on and kept', async () => {
  const sink = vi.fn(() => undefined)
  const stream = outputMeter(undefined, () => expect.unreachable()).stream(sink, true)
  await stream.write(bytes('ab'))
  await stream.write(bytes('c'))
  expect(sink).toHaveBeenCalledTimes(2)
  expect(textOf(stream.collected())).toBe('abc')
  expect(stream.truncated()).toBe(false)
})

test('two streams share the limit, which is told once', async () => {
  const onLimit = vi.fn()
  const meter = outputMeter(5, onLimit)
  const first = meter.stream(undefined, true)
  const second = meter.stream(undefined, true)
  await first.write(bytes('abc'))
  await second.write(bytes('defg'))
  await first.write(bytes('h'))
  await second.write(bytes('i'))
  expect(textOf(first.collected())).toBe('abc')
  expect(textOf(second.collected())).toBe('de')
  expect([first.truncated(), second.truncated()]).toEqual([true, true])
  expect(onLimit).toHaveBeenCalledTimes(1)
})

test('the limit itself may be used up', async () => {
  const stream = outputMeter(3, () => expect.unreachable()).stream(undefined, true)
  await stream.write(bytes('abc'))
  await stream.write(bytes(''))
  expect(stream.truncated()).toBe(false)
})

test('what is not to be collected is not', async () => {
  const stream = outputMeter(undefined, () => undefined).stream(undefined, false)
  await stream.write(bytes('abc'))
  expect(stream.collected()).toBeUndefined()
})

test('a slow sink is waited for', async () => {
  let done = false
  const sink = async (): Promise<void> => {
    await Promise.resolve()
    done = true
  }
  await outputMeter(undefined, () => undefined)
    .stream(sink, false)
    .write(bytes('abc'))
  expect(done).toBe(true)
})

test('a limit of its own cuts a stream and leaves the others alone', async () => {
  const meter = outputMeter(undefined, () => expect.unreachable())
  const sink = vi.fn(() => undefined)
  const own = meter.stream(sink, true, 3)
  const other = meter.stream(undefined, true)
  for (const piece of ['ab', 'cd', 'e']) await own.write(bytes(piece))
  await other.write(bytes('abcdef'))
  expect([textOf(own.collected()), textOf(other.collected())]).toEqual(['abc', 'abcdef'])
  expect([own.truncated(), other.truncated()]).toEqual([true, false])
  expect(sink).toHaveBeenCalledTimes(2)
})
