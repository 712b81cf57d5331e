import { expect, test } from 'vitest'
import { packDevice, parseMountInfo } from '../../../src/os/parse-mount-info.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

const parse = (table: string): unknown[] => parseMountInfo(table as ByteString)

test('reads each field, with any number of optional ones', () => {
  const common = '36 35 98:0 /mnt1 /mnt2 rw,noatime'
  const expected = {
    id: 36n,
    parentId: 35n,
    dev: packDevice('98:0'),
    root: '/mnt1',
    mountPoint: '/mnt2',
    options: ['rw', 'noatime'],
    fsType: 'ext3',
    source: '/dev/root',
    superOptions: 'rw,errors=continue',
  }
  for (const optional of ['', ' master:1', ' shared:2 master:1 propagate_from:3']) {
    expect(parse(`${common}${optional} - ext3 /dev/root rw,errors=continue\n`)).toEqual([expected])
  }
})

test('decodes what the kernel escapes, and nothing else', () => {
  const [mount] = parseMountInfo('1 0 0:5 / /a\\040b\\011\\012\\134x\\043\xff\\08 rw - tmpfs - rw\n' as ByteString)
  expect(mount?.mountPoint).toBe('/a b\t\n\\x#\xff\\08')
  expect(mount?.source).toBe('-')
})

test('a field named like the separator is not taken for it', () => {
  const [mount] = parseMountInfo('1 0 0:5 / - rw shared:1 - tmpfs - rw\n' as ByteString)
  expect(mount).toMatchObject({ mountPoint: '-', fsType: 'tmpfs' })
})

test('an empty table has no mounts', () => {
  expect(parse('')).toEqual([])
})

test('packs device numbers as makedev(3) does', () => {
  expect(packDevice('254:0')).toBe(65024n)
  expect(packDevice('0:39')).toBe(39n)
  expect(packDevice('259:70000')).toBe((259n << 8n) | ((70000n & 0xffffff00n) << 12n) | (70000n & 0xffn))
  expect(packDevice('1048575:1')).toBe((0xff000n << 32n) | (0xfffn << 8n) | 1n)
})
