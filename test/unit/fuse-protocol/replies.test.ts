import { expect, test } from 'vitest'
import { Message } from '../../../src/fuse-protocol/message.js'
import {
  deviceMajor,
  deviceMinor,
  direntLength,
  type EntryFields,
  packDevice,
  putAttr,
  putDirent,
  putEntry,
  putHeader,
  putInvalEntry,
} from '../../../src/fuse-protocol/replies.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

const entry: EntryFields = {
  nodeid: 5,
  entryValidMs: 1500,
  validMs: Number.POSITIVE_INFINITY,
  inoLow: 0x89abcdef,
  inoHigh: 0x81234567,
  mode: 0o100644,
  nlink: 2,
  uid: 1000,
  gid: 4_294_967_294,
  size: 2 ** 40 + 1,
  blocks: 8,
  blockSize: 4096,
  rdevMajor: 0,
  rdevMinor: 0,
  atime: -157_766_400,
  atimeNs: 500_000_000,
  mtime: 2 ** 33,
  mtimeNs: 999_999_999,
  ctime: 1,
  ctimeNs: 2,
}

function dirty(): Message {
  const message = new Message(4096)
  message.bytes.fill(0xee)
  return message
}

test('an entry, with all that 64 bits can hold', () => {
  const reply = dirty()
  expect(putEntry(reply, 16, entry)).toBe(128)
  const { bytes } = reply
  expect(bytes.readBigUInt64LE(16)).toBe(5n)
  expect(bytes.readBigUInt64LE(24)).toBe(0n)
  expect(bytes.readBigUInt64LE(32)).toBe(1n)
  expect(bytes.readUInt32LE(48)).toBe(500_000_000)
  // For ever, and no overflow when the kernel adds it to a clock.
  expect(bytes.readBigUInt64LE(40)).toBe(2n ** 31n)
  expect(bytes.readUInt32LE(52)).toBe(0)
  expect(bytes.readBigUInt64LE(56)).toBe(0x8123456789abcdefn)
  expect(bytes.readBigUInt64LE(64)).toBe(2n ** 40n + 1n)
  expect(bytes.readBigInt64LE(80)).toBe(-157_766_400n)
  expect(bytes.readBigInt64LE(88)).toBe(2n ** 33n)
  expect(bytes.readUInt32LE(128)).toBe(4_294_967_294)
  expect(bytes.subarray(144, 148).toString('hex')).toBe('eeeeeeee')
})

test('attributes leave nothing of an earlier reply', () => {
  const reply = dirty()
  expect(putAttr(reply, 16, { ...entry, inoLow: 1, inoHigh: 0 })).toBe(104)
  expect(reply.bytes.subarray(16, 32).toString('hex')).toBe('00000080000000000000000000000000')
  expect(reply.bytes.readBigUInt64LE(32)).toBe(1n)
})

test.each([0, 1, 3, 4, 7, 8, 255])(
  'an entry of a directory with a name of %d bytes is padded with zeroes',
  (length) => {
    const reply = dirty()
    const name = 'é'.repeat(length) as ByteString
    const whole = direntLength(name, false)
    putDirent(reply, 16, name, 1, 2, 8, 2 ** 40)
    expect(whole % 8).toBe(0)
    expect(whole).toBeGreaterThanOrEqual(24 + length)
    expect(reply.bytes.subarray(40, 40 + length).toString('latin1')).toBe(name)
    expect([...reply.bytes.subarray(40 + length, 16 + whole)].every((byte) => byte === 0)).toBe(true)
    expect(direntLength(name, true)).toBe(whole + 128)
  },
)

test('a header repeats all 64 bits of what it answers', () => {
  const request = new Message(64)
  request.bytes.writeBigUInt64LE(0xfedcba9876543210n, 8)
  const reply = dirty()
  expect(putHeader(reply, request, -2, 0)).toBe(16)
  expect(reply.bytes.subarray(0, 16).toString('hex')).toBe('10000000feffffff1032547698badcfe')
})

test('device numbers are the kernel’s', () => {
  for (const [major, minor] of [
    [0, 0],
    [8, 1],
    [259, 70_000],
    [4095, 1_048_575],
  ] as const) {
    const packed = packDevice(major, minor)
    expect([deviceMajor(packed), deviceMinor(packed)]).toEqual([major, minor])
  }
  expect(packDevice(8, 1)).toBe(0x801)
})

test('a notification of an entry ends its name with a NUL', () => {
  const reply = dirty()
  const length = putInvalEntry(reply, 3, 'ab' as ByteString)
  expect(reply.bytes.subarray(0, length).toString('hex')).toBe(
    '2300000003000000000000000000000003000000000000000200000000000000616200',
  )
})
