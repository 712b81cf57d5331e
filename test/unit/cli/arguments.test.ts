import { expect, it } from 'vitest'
import { splitArguments, typedBytes } from '../../../src/cli/arguments.js'
import { projectPath } from '../../../src/cli/paths.js'
import { absPath, type ByteString } from '../../../src/index.js'

const bytes = (...args: string[]): ByteString[] => args as ByteString[]

it('cuts at the first --', () => {
  expect(splitArguments(bytes('exec', 'id', '--', 'm.wasm', '--', '-x'))).toEqual({
    before: ['exec', 'id'],
    after: ['m.wasm', '--', '-x'],
  })
  expect(splitArguments(bytes('status'))).toEqual({ before: ['status'], after: undefined })
})

it('keeps every byte of a name on its way through commander', () => {
  const [text = ''] = splitArguments(bytes('a\xff\xc3\xa9')).before
  expect(typedBytes(text)).toBe('a\xff\xc3\xa9')
})

const base = { project: absPath('/p'), merged: absPath('/p/.openagentic/shadow/s'), start: absPath('/p/src') }

it.each([
  ['a.c', 'src/a.c'],
  ['./a.c', 'src/a.c'],
  ['../b', 'b'],
  ['..', ''],
  ['/p/x/y', 'x/y'],
  ['/p/.openagentic/shadow/s/x', 'x'],
  ['dir/', 'src/dir'],
])('takes %s for %s', (typed, path) => expect(projectPath(base, typed as ByteString)).toBe(path))

it('takes a path in merged as one of the project', () => {
  const start = absPath('/p/.openagentic/shadow/s/src')
  expect(projectPath({ ...base, start }, 'a.c' as ByteString)).toBe('src/a.c')
})

it('takes a path from elsewhere as relative to the project', () => {
  expect(projectPath({ ...base, start: absPath('/elsewhere') }, 'a.c' as ByteString)).toBe('a.c')
})

it.each(['../..', '/q', '', '../../p2/x'])('refuses %j', (typed) => {
  expect(() => projectPath(base, typed as ByteString)).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }))
})
