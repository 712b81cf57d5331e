import { readdirSync, readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { FileOps } from '../../../src/os/file-ops.js'
import { SystemError } from '../../../src/os/system-error.js'
import { writeFileAtomic } from '../../../src/os/write-file-atomic.js'
import { bytes, codeOf, put, scratch } from '../../helpers/scratch.js'

const name = bytes('session.json')

test('makes and replaces a file, with its mode', () => {
  const { ops, root, path } = scratch()
  writeFileAtomic(ops, root, name, Buffer.from('one'))
  expect(statSync(`${path}/session.json`).mode & 0o777).toBe(0o600)
  writeFileAtomic(ops, root, name, Buffer.from('two'), 0o644)
  expect(readFileSync(`${path}/session.json`, 'utf8')).toBe('two')
  expect(statSync(`${path}/session.json`).mode & 0o777).toBe(0o644)
  expect(readdirSync(path)).toEqual(['session.json'])
})

test.each(['createFile', 'write', 'fsync', 'rename'] as const)('keeps the old content when %s fails', (call) => {
  const one = scratch()
  put(one, name, 'old')
  const failing: FileOps = {
    ...one.ops,
    [call]: () => {
      throw new SystemError('ENOSPC', 28, call, undefined)
    },
  }
  expect(codeOf(() => writeFileAtomic(failing, one.root, name, Buffer.from('new')))).toBe('ENOSPC')
  expect(readFileSync(`${one.path}/session.json`, 'utf8')).toBe('old')
  expect(readdirSync(one.path)).toEqual(['session.json'])
})

test('syncs the file before the rename, and the directory after', () => {
  const { ops, root } = scratch()
  const calls: string[] = []
  const spying: FileOps = {
    ...ops,
    fsync: (fd) => {
      calls.push(fd === root ? 'sync directory' : 'sync file')
      ops.fsync(fd)
    },
    rename: (...args) => {
      calls.push('rename')
      ops.rename(...args)
    },
  }
  writeFileAtomic(spying, root, name, Buffer.from('x'))
  expect(calls).toEqual(['sync file', 'rename', 'sync directory'])
})
