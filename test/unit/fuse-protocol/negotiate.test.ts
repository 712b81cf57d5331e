import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Message } from '../../../src/fuse-protocol/message.js'
import { type KernelInit, negotiate, readInit, type Wishes, writeInit } from '../../../src/fuse-protocol/negotiate.js'
import { initFlags, initFlags2 } from '../../../src/fuse-protocol/numbers.js'

const { init } = JSON.parse(readFileSync('test/fixtures/fuse/requests.json', 'utf8')) as { init: string }
const wishes: Wishes = { maxWrite: 1 << 20, writebackCache: true, posixAcl: true, passthrough: false }

function captured(): KernelInit {
  const message = new Message(4096)
  message.bytes.set(Buffer.from(init, 'hex'))
  return readInit(message)
}

test('reads what Linux 6.18 offers', () => {
  expect(captured()).toEqual({ major: 7, minor: 45, maxReadahead: 131072, flags: 0x73fffffb, flags2: 0x5fd })
})

test('takes what both want, and says so in the reply', () => {
  const agreed = negotiate(captured(), wishes)
  if (agreed === undefined) throw new Error('nothing was agreed upon')
  expect(agreed).toMatchObject({ minor: 45, maxWrite: 1 << 20, maxPages: 256, flags2: 0, longSetxattr: true })
  expect(agreed.flags & initFlags.writebackCache).not.toBe(0)
  const reply = new Message(4096)
  expect(writeInit(reply, agreed)).toBe(64)
  expect(reply.bytes.subarray(16, 80).toString('hex')).toBe(
    `070000002d00000000000200${hexOf(agreed.flags)}40003000000010000100000000010000${'00'.repeat(32)}`,
  )
})

function hexOf(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}

test('asks an old kernel for nothing that it does not know', () => {
  const old: KernelInit = { major: 7, minor: 31, maxReadahead: 4096, flags: initFlags.asyncRead, flags2: 0 }
  const agreed = negotiate(old, wishes)
  expect(agreed).toMatchObject({ minor: 31, flags: initFlags.asyncRead, maxWrite: 32 * 4096, longSetxattr: false })
})

test('passthrough and a writeback cache exclude each other', () => {
  const passing = negotiate(captured(), { ...wishes, passthrough: true, writebackCache: false })
  expect(passing).toMatchObject({ flags2: initFlags2.passthrough, maxStackDepth: 1 })
  expect(negotiate(captured(), { ...wishes, passthrough: true })).toMatchObject({ flags2: 0, maxStackDepth: 0 })
})

test('refuses a protocol that it does not know', () => {
  expect(negotiate({ ...captured(), major: 8 }, wishes)).toBeUndefined()
  expect(negotiate({ ...captured(), minor: 30 }, wishes)).toBeUndefined()
})
