import { expect, it } from 'vitest'
import { decodeMarks } from '../../../src/overlay-format/marks.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

function xattrs(entries: Readonly<Record<string, string>>): Map<ByteString, Uint8Array> {
  return new Map(Object.entries(entries).map(([name, value]) => [name as ByteString, Buffer.from(value, 'latin1')]))
}

const none = decodeMarks(new Map(), 'trusted')

it('reads the marks of one family alone', () => {
  const both = xattrs({ 'trusted.overlay.opaque': 'y', 'user.overlay.opaque': 'x', 'user.overlay.redirect': '/a' })
  expect(decodeMarks(both, 'trusted')).toEqual({ ...none, opaque: 'y' })
  expect(decodeMarks(both, 'user')).toEqual({ ...none, opaque: 'x', redirect: '/a' })
})

it.each(['', 'Y', 'yy', 'xy', '1'])('takes an opaque mark of %j for none, as the kernel does', (value) => {
  expect(decodeMarks(xattrs({ 'trusted.overlay.opaque': value }), 'trusted').opaque).toBeUndefined()
})

it.each([
  ['', 'whole'],
  ['\0\x04\0\0', 'whole'],
  ['\0\x24\0\x01 and a digest of 32 bytes', 'whole'],
  ['\0', 'broken'],
  ['\0\x03\0', 'broken'],
])('reads a metacopy mark of %j as %s', (value, state) => {
  expect(decodeMarks(xattrs({ 'user.overlay.metacopy': value }), 'user').metacopy).toBe(state)
})

it('needs no value for a whiteout, and keeps bytes as they are', () => {
  const marks = decodeMarks(xattrs({ 'user.overlay.whiteout': '', 'user.overlay.redirect': '\xff\n' }), 'user')
  expect(marks).toEqual({ ...none, whiteout: true, redirect: '\xff\n' })
})

it('takes neither escaped nor unknown names for marks', () => {
  const odd = xattrs({ 'user.overlay.overlay.opaque': 'y', 'user.overlay.opaque2': 'y', 'user.opaque': 'y' })
  expect(decodeMarks(odd, 'user')).toEqual(none)
})
