import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Message } from '../../../src/fuse-protocol/message.js'
import { noteCalls } from '../../helpers/note-calls.js'

interface Captured {
  readonly what: string
  readonly call: readonly unknown[]
  readonly hex: string
}

const { requests } = JSON.parse(readFileSync('test/fixtures/fuse/requests.json', 'utf8')) as { requests: Captured[] }

function loaded(hex: string): Message {
  const message = new Message(1 << 16)
  // What an earlier request left must not be read.
  message.bytes.fill(0xff)
  message.bytes.set(Buffer.from(hex, 'hex'))
  return message
}

test.each(requests)('$what', ({ call, hex }) => {
  expect(noteCalls(loaded(hex))).toEqual([call])
})

test('a forget of many is a forget of each', () => {
  const message = new Message(4096)
  message.setU32(4, 42)
  message.setU32(40, 2)
  for (const [index, [node, count]] of [
    [7, 2],
    [2 ** 40, 5],
  ].entries()) {
    message.setU64(48 + index * 16, node as number)
    message.setU64(56 + index * 16, count as number)
  }
  expect(noteCalls(message)).toEqual([
    ['forget', 7, 2],
    ['forget', 2 ** 40, 5],
  ])
})

test('a write says whether setuid is to be taken away', () => {
  const write = requests.find(({ call }) => call[0] === 'write') as Captured
  const message = loaded(write.hex)
  message.setU32(60, message.u32(60) | 4)
  expect(noteCalls(message)).toEqual([['write', 1, 0, 'hello\n', true]])
})
