import { expect, it } from 'vitest'
import { digestAttributes } from '../../../src/fingerprint/attributes-digest.js'
import type { Xattrs } from '../../../src/os/file-ops.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

/** Every byte counts, so that the test sees exactly what is hashed. */
const hasher = { hashBytes: (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1') }

function xattrs(...pairs: readonly (readonly [string, string])[]): Xattrs {
  return new Map(pairs.map(([name, value]) => [name as ByteString, Buffer.from(value)]))
}

it('is empty without attributes, and the same in any order', () => {
  expect(digestAttributes(hasher, xattrs())).toBe('')
  const one = digestAttributes(hasher, xattrs(['user.a', '1'], ['user.b', '2']))
  expect(digestAttributes(hasher, xattrs(['user.b', '2'], ['user.a', '1']))).toBe(one)
  expect(one).toBe('\x06\0\0\0user.a\x01\0\0\x001\x06\0\0\0user.b\x01\0\0\x002')
})

it('takes no part of one for another', () => {
  const all = [
    xattrs(['user.a', 'b']),
    xattrs(['user.ab', '']),
    xattrs(['user.a', '']),
    xattrs(['user.a', 'b'], ['user.b', '']),
  ]
  expect(new Set(all.map((each) => digestAttributes(hasher, each))).size).toBe(4)
})
