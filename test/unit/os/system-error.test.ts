import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isErrno, SystemError, systemErrorFrom, systemErrorFromNode } from '../../../src/os/system-error.js'

test('says what failed, where', () => {
  const error = new SystemError('ENOENT', 2, 'openat2', '/a/b')
  expect(error.message).toBe('ENOENT: openat2 /a/b')
  expect(new SystemError('EBADF', 9, 'close', undefined).message).toBe('EBADF: close')
})

test("isErrno knows errors of the system, its own and Node's", () => {
  expect(isErrno(new SystemError('ENOENT', 2, 'openat2', undefined), 'ENOENT')).toBe(true)
  expect(
    isErrno(
      caught(() => readFileSync('/no such file')),
      'ENOENT',
    ),
  ).toBe(true)
  expect(isErrno(new SystemError('EACCES', 13, 'openat2', undefined), 'ENOENT')).toBe(false)
  expect(isErrno(new Error('ENOENT'), 'ENOENT')).toBe(false)
  expect(isErrno({ code: 'ENOENT' }, 'ENOENT')).toBe(false)
  expect(isErrno(undefined, 'ENOENT')).toBe(false)
})

test('takes over what the addon and Node say', () => {
  const native = Object.assign(new Error('28 pwrite'), { code: 'ENOSPC' })
  expect(systemErrorFrom(native, '/a')).toMatchObject({ code: 'ENOSPC', errno: 28, syscall: 'pwrite', path: '/a' })
  const node = caught(() => readFileSync('/no such file'))
  expect(systemErrorFromNode(node, '/b')).toMatchObject({ code: 'ENOENT', errno: 2, syscall: 'open', cause: node })
})

test('leaves other errors as they are', () => {
  const wrongArgument = new TypeError('Expected a number')
  expect(systemErrorFrom(wrongArgument, '/a')).toBe(wrongArgument)
  expect(systemErrorFromNode(wrongArgument, '/a')).toBe(wrongArgument)
  expect(systemErrorFrom('text', '/a')).toBe('text')
})

function caught(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}
