import * as fs from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLayerOps } from '../../../../src/os/layer-ops.js'
import { loadAddon } from '../../../../src/os/load-addon.js'
import { uptime } from '../../../../src/os/uptime.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'
import { need } from '../../../helpers/capability.js'
import { noFuseNative } from '../../../helpers/fuse-bed.js'
import { type FuseNativeBed, fuseNativeBed } from '../../../helpers/fuse-native-bed.js'

const ops = createLayerOps(loadAddon())

let bed: FuseNativeBed

beforeAll(async () => {
  if (noFuseNative() !== undefined) return
  bed = await fuseNativeBed((project) => {
    for (const name of ['read', 'edited', 'replaced', 'gone']) fs.writeFileSync(`${project}/${name}`, 'base')
  })
})
afterAll(() => bed?.end())
beforeEach((context) => need(context, noFuseNative()))

const at = (name: string): string => `${bed.session.merged}/${name}`
const hidden = (): string[] =>
  [...fs.readdirSync(bed.session.merged), ...fs.readdirSync(bed.session.upper)].filter((name) => /hidden/.test(name))

describe('an open file', () => {
  test('that is removed goes on, and no other name shows', () => {
    fs.writeFileSync(at('open'), 'abc')
    const fd = fs.openSync(at('open'), 'r+')
    fs.unlinkSync(at('open'))
    expect(hidden()).toEqual([])
    fs.writeSync(fd, 'def', 3)
    fs.fchmodSync(fd, 0o600)
    fs.fsyncSync(fd)
    expect(fs.fstatSync(fd)).toMatchObject({ size: 6, nlink: 0, mode: 0o100600 })
    fs.ftruncateSync(fd, 4)
    expect(fs.readFileSync(fd, 'utf8')).toBe('abcd')
    fs.closeSync(fd)
    expect(fs.existsSync(at('open'))).toBe(false)
  })

  test('of the project that is removed can be read', () => {
    const fd = fs.openSync(at('gone'), 'r')
    fs.unlinkSync(at('gone'))
    expect(fs.readFileSync(fd, 'utf8')).toBe('base')
    fs.closeSync(fd)
    expect(fs.readFileSync(`${bed.project}/gone`, 'utf8')).toBe('base')
  })

  test('that is replaced goes on, and so does what replaced it', () => {
    const fd = fs.openSync(at('replaced'), 'r+')
    fs.writeFileSync(at('fresh'), 'fresh')
    fs.renameSync(at('fresh'), at('replaced'))
    fs.writeSync(fd, 'old ', 0)
    expect(fs.readFileSync(at('replaced'), 'utf8')).toBe('fresh')
    expect(hidden()).toEqual([])
    fs.closeSync(fd)
    expect(fs.readFileSync(at('replaced'), 'utf8')).toBe('fresh')
  })

  test('that many open, close and remove at once leaves nothing', async () => {
    const one = async (number: number): Promise<void> => {
      const file = await fs.promises.open(at(`many${number}`), 'w+')
      await file.write('x')
      if (number % 2 === 0) await file.close()
      await fs.promises.unlink(at(`many${number}`))
      if (number % 2 === 1) await file.close()
    }
    await Promise.all(Array.from({ length: 200 }, (_, number) => one(number)))
    expect(hidden()).toEqual([])
    expect(fs.readdirSync(bed.session.upper).filter((name) => name.startsWith('many'))).toEqual([])
  })
})

test('it runs on the libfuse of its package, whatever the machine has', () => {
  const loaded = fs.readFileSync(`/proc/${bed.session.record.holder?.pid}/maps`, 'utf8').match(/\/.*libfuse.*/g)
  expect([...new Set(loaded)]).toEqual([expect.stringMatching(/node_modules\/fuse-native\/prebuilds\/.*libfuse\.so$/)])
})

test('a name like those that libfuse makes up is a name', () => {
  const name = '.fuse_hidden0000000100000001'
  fs.writeFileSync(at('kept'), 'kept')
  fs.renameSync(at('kept'), at(name))
  expect(fs.readFileSync(at(name), 'utf8')).toBe('kept')
  fs.unlinkSync(at(name))
})

test('what the person changes in the project is seen within a second', async () => {
  const read = (name: string): string => fs.readFileSync(at(name), 'utf8')
  expect(read('edited')).toBe('base')
  expect(fs.existsSync(at('added'))).toBe(false)
  fs.writeFileSync(`${bed.project}/edited`, 'mine')
  fs.writeFileSync(`${bed.project}/added`, 'added')
  await passes(1000)
  expect(read('edited')).toBe('mine')
  expect(read('added')).toBe('added')
})

/** Milliseconds. */
async function passes(time: number): Promise<void> {
  for (const until = uptime() + time; uptime() < until; ) await new Promise((resolve) => setTimeout(resolve, 50))
}

test('values of extended attributes are bytes, of any length', () => {
  const value = Buffer.from([0, 255, 1, 0])
  const dir = fs.openSync(bed.session.merged, 'r')
  const [name, key, empty] = ['read', 'user.bytes', 'user.empty'] as [ByteString, ByteString, ByteString]
  expect(ops.setXattr(dir, name, key, value, 0)).toBe(0)
  expect(ops.setXattr(dir, name, empty, Buffer.alloc(0), 0)).toBe(0)
  const into = Buffer.alloc(100)
  expect(ops.getXattr(dir, name, key, into)).toBe(4)
  expect(into.subarray(0, 4)).toEqual(value)
  expect(ops.getXattr(dir, name, key, Buffer.alloc(0))).toBe(4)
  expect(ops.getXattr(dir, name, key, Buffer.alloc(3))).toBe(-34)
  expect(ops.getXattr(dir, name, empty, into)).toBe(0)
  expect(ops.listXattrs(dir, name, into)).toBe('user.bytes\0user.empty\0'.length)
  fs.closeSync(dir)
})

test('offsets and sizes beyond 32 bits, and large reads and writes', () => {
  const far = 2 ** 40 + 5
  const data = Buffer.alloc(3_000_001, 'bytes of a pattern ')
  const fd = fs.openSync(at('far'), 'w+')
  fs.writeSync(fd, data, 0, data.length, far)
  const back = Buffer.alloc(data.length)
  expect(fs.readSync(fd, back, 0, back.length, far)).toBe(data.length)
  expect(back.equals(data)).toBe(true)
  expect(fs.fstatSync(fd).size).toBe(far + data.length)
  fs.closeSync(fd)
  fs.truncateSync(at('far'), 2 ** 33 + 1)
  expect(fs.statSync(`${bed.session.upper}/far`).size).toBe(2 ** 33 + 1)
})
