import { expect, it } from 'vitest'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import type { WorkspaceFiles } from '../../../src/workspace/workspace.js'

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const shown = (files: WorkspaceFiles): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, data]) => [path, Buffer.from(data).toString()]))

it('takes a snapshot of all files and of the directories that hold nothing', async () => {
  const files = { 'a/b/c': text('c'), 'empty/': text(''), ['__proto__']: text('own'), 'caf\udce9': text('é') }
  const workspace = new MemoryWorkspace(files)
  await workspace.writeFile('gone/file', text('x'))
  await workspace.deleteFile('gone/file')
  const taken = shown(await workspace.snapshot())
  expect(Object.entries(taken).sort()).toEqual([
    ['__proto__', 'own'],
    ['a/b/c', 'c'],
    ['caf\udce9', 'é'],
    ['empty/', ''],
    ['gone/', ''],
  ])
  expect(shown(await new MemoryWorkspace(await workspace.snapshot()).snapshot())).toEqual(taken)
})

it('gives a snapshot away as a copy', async () => {
  const workspace = new MemoryWorkspace({ file: text('old') })
  const taken = await workspace.snapshot()
  taken.file?.fill(0)
  await workspace.writeFile('later', text('x'))
  expect(shown(await workspace.snapshot())).toEqual({ file: 'old', later: 'x' })
  expect(Object.keys(taken)).toEqual(['file'])
})

it('applies changes: removed first, files before what held them', async () => {
  const workspace = new MemoryWorkspace({
    'dir/sub/one': text('1'),
    'dir/two': text('2'),
    plain: text('p'),
    kept: text('k'),
  })
  await workspace.apply({
    deleted: ['dir/', 'dir/sub/', 'dir/sub/one', 'dir/two', 'plain', 'never/there', 'nor/this/'],
    files: { dir: text('a file now'), 'plain/is/a': text('directory now'), 'new/': text(''), kept: text('changed') },
  })
  expect(shown(await workspace.snapshot())).toEqual({
    dir: 'a file now',
    'plain/is/a': 'directory now',
    'new/': '',
    kept: 'changed',
  })
})

it.each([
  ['a path that leads out', { deleted: [], files: { good: text('x'), '../bad': text('y') } }, 'PATH_OUTSIDE'],
  ['a directory that holds something', { deleted: ['dir/'], files: { good: text('x') } }, 'NOT_A_DIRECTORY'],
  ['a directory deleted as a file', { deleted: ['dir'], files: { good: text('x') } }, 'NOT_A_FILE'],
  ['a file over a directory', { deleted: ['file'], files: { dir: text('x') } }, 'NOT_A_FILE'],
  ['a file that is too large', { deleted: ['file'], files: { large: new Uint8Array(101) } }, 'FILE_TOO_LARGE'],
])('applies nothing at all of changes with %s', async (_, changes, code) => {
  const workspace = new MemoryWorkspace({ file: text('f'), 'dir/one': text('1') }, { fileLimitBytes: 100 })
  await expect(workspace.apply(changes)).rejects.toMatchObject({ code })
  expect(shown(await workspace.snapshot())).toEqual({ file: 'f', 'dir/one': '1' })
})

it('refuses a file above its limit', async () => {
  const workspace = new MemoryWorkspace({}, { fileLimitBytes: 3 })
  await workspace.writeFile('file', text('123'))
  await expect(workspace.writeFile('file', text('1234'))).rejects.toMatchObject({
    code: 'FILE_TOO_LARGE',
    path: 'file',
  })
  expect(shown(await workspace.snapshot())).toEqual({ file: '123' })
})
