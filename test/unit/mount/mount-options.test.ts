import { expect, test } from 'vitest'
import { parseMountOptions } from '../../../src/mount/fuse/mount-options.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

const parse = (text: string, isRoot = true) => parseMountOptions(text as ByteString, isRoot)

test('several lowers, an upper, and the usual options', () => {
  expect(
    parse('rw,nosuid,lowerdir=/a:b/c:/d,upperdir=/u,workdir=/w,noatime,redirect_dir=on,x-systemd.automount'),
  ).toEqual({
    lowers: ['/a', 'b/c', '/d'],
    upper: '/u',
    work: '/w',
    family: 'trusted',
    flags: ['nosuid', 'noatime'],
  })
})

test('commas and colons of paths have a backslash', () => {
  expect(parse('lowerdir=/a\\:b\\,c\\\\:/d,upperdir=/u\\,v=w,workdir=/w')).toMatchObject({
    lowers: ['/a:b,c\\', '/d'],
    upper: '/u,v=w',
  })
})

test('lowers alone can only be read, and the last of ro and rw counts', () => {
  expect(parse('lowerdir=/a,ro')).toMatchObject({ upper: undefined, work: undefined, flags: ['ro'] })
  expect(parse('ro,lowerdir=/a,rw')).toMatchObject({ flags: [] })
})

test('the marks of a plain user are the user family’s, and of root where it is asked for', () => {
  expect(parse('lowerdir=/a', false)).toMatchObject({ family: 'user' })
  expect(parse('lowerdir=/a,userxattr')).toMatchObject({ family: 'user' })
})

test.each([
  ['upperdir=/u,workdir=/w', /lowerdir= is missing/],
  ['lowerdir=/a,upperdir=/u', /belong together/],
  ['lowerdir=/a::/b', /empty path/],
  ['lowerdir=/a,index=on', /unknown option "index=on"/],
  ['lowerdir=/a,squash_to_root', /unknown option/],
])('%s is refused', (text, reason) => {
  expect(parse(text)).toMatch(reason)
})
