import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { relPath } from '../../../src/paths/rel-path.js'
import { removeSharedCache, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

/** `notcapable` of WASI preview 1: the path leads out of the preopened directory. */
const refused = 63

test('a module reads and writes below its directory', async (context) => {
  const { exec, workspace } = await wasiBench(context)
  expect(await exec('files', { args: ['w', '3', 'out.txt', 'hello'] })).toMatchObject({ exitCode: 0 })
  expect(readFileSync(join(workspace, 'out.txt'), 'utf8')).toBe('hello')
  expect(text((await exec('files', { args: ['r', '4', 'out.txt'] })).stdout)).toBe('hello')
  expect(await exec('files', { args: ['u', '3', 'out.txt'] })).toMatchObject({ exitCode: 0 })
  expect(readdirSync(workspace)).toEqual([])
})

test.for([
  ['..', '../outside/new'],
  ['.. after a directory', 'sub/../../outside/new'],
  ['an absolute path', 'OUTSIDE/new'],
  ['a link that was there, to a file', 'link-to-file'],
  ['a link that was there, to a directory', 'link-to-dir/new'],
  ['an absolute link that was there', 'absolute/new'],
  ['a link to a link', 'twice/new'],
  ['/proc', '/proc/self/cwd/new'],
])('%s: neither read, written nor removed', async ([, name], context) => {
  const { exec, workspace, outside } = await wasiBench(context)
  const path = (name as string).replace('OUTSIDE', outside)
  mkdirSync(join(workspace, 'sub'))
  writeFileSync(join(outside, 'secret'), 'secret')
  symlinkSync('../outside/secret', join(workspace, 'link-to-file'))
  symlinkSync('../outside', join(workspace, 'link-to-dir'))
  symlinkSync(outside, join(workspace, 'absolute'))
  symlinkSync('link-to-dir', join(workspace, 'twice'))
  const existing = path.replace(/new$/, 'secret')
  for (const directory of ['3', '4']) {
    expect(await exec('files', { args: ['w', directory, path, 'x'] })).toMatchObject({ exitCode: refused })
    const read = await exec('files', { args: ['r', directory, existing] })
    expect([read.exitCode, text(read.stdout)]).toEqual([refused, ''])
    if (name === 'link-to-file') continue
    expect(await exec('files', { args: ['u', directory, existing] })).toMatchObject({ exitCode: refused })
  }
  expect(readdirSync(outside)).toEqual(['secret'])
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
})

test('a link that the module makes leads nowhere', async (context) => {
  const { exec, workspace, outside } = await wasiBench(context)
  expect(await exec('files', { args: ['l', '3', 'absolute', outside] })).toMatchObject({ exitCode: refused })
  expect(await exec('files', { args: ['l', '3', 'up', '../outside'] })).toMatchObject({ exitCode: 0 })
  expect(readlinkSync(join(workspace, 'up'))).toBe('../outside')
  expect(await exec('files', { args: ['w', '3', 'up/new', 'x'] })).toMatchObject({ exitCode: refused })
  expect(existsSync(join(outside, 'new'))).toBe(false)
})

test('no hard link is made of what lies outside', async (context) => {
  const { exec, outside } = await wasiBench(context)
  writeFileSync(join(outside, 'secret'), 'secret')
  expect(await exec('files', { args: ['h', '3', '../outside/secret', 'mine'] })).toMatchObject({ exitCode: refused })
})

test('from a working directory below, `..` is out of it; the workspace is reached by its name', async (context) => {
  const { exec, workspace } = await wasiBench(context)
  mkdirSync(join(workspace, 'sub'))
  const cwd = relPath('sub')
  expect(await exec('files', { cwd, args: ['w', '3', '../up', 'x'] })).toMatchObject({ exitCode: refused })
  expect(await exec('files', { cwd, args: ['w', '4', 'up', 'x'] })).toMatchObject({ exitCode: 0 })
})

test('there is no third directory', async (context) => {
  const { exec } = await wasiBench(context)
  const badDescriptor = 8
  for (const directory of ['5', '6', '7', '8', '9']) {
    expect(await exec('files', { args: ['r', directory, 'x'] })).toMatchObject({ exitCode: badDescriptor })
  }
})
