import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { relPath } from '../../../src/paths/rel-path.js'
import { removeSharedCache, text, wasiBench } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

test('standard input: bytes, a stream, nothing', async (context) => {
  const { exec } = await wasiBench(context)
  const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256)
  expect((await exec('cat', { stdin: bytes })).stdout).toEqual(bytes)
  expect((await exec('cat', { stdin: Readable.from([Buffer.from('a'), Buffer.from('b')]) })).stdout).toEqual(
    new Uint8Array([97, 98]),
  )
  expect((await exec('cat')).stdout?.length).toBe(0)
})

test('a module that does not read its input, however long it is', async (context) => {
  const { exec } = await wasiBench(context)
  const endless = new Readable({
    read() {
      setTimeout(() => this.push(Buffer.alloc(1024)), 1)
    },
  })
  expect(await exec('hello', { stdin: endless })).toMatchObject({ ended: 'exit', exitCode: 0 })
  expect(await exec('hello', { stdin: Buffer.alloc(5_000_000) })).toMatchObject({ ended: 'exit', exitCode: 0 })
})

test('arguments and environment are those that are given, and PWD', async (context) => {
  const { exec } = await wasiBench(context)
  process.env.OVERLAY_TEST_SECRET = 'inherited'
  const env = { TOKEN: 'a b', LD_PRELOAD: '/nowhere.so', HOME: '/workspace', UMLAUT: 'ä\n' }
  const args = ['-e', '--dir=/', '', 'ä ö', '--']
  const result = await exec('strings', { args, env })
  delete process.env.OVERLAY_TEST_SECRET
  const strings = text(result.stdout).split('\0').slice(0, -1)
  expect(strings.slice(0, 6)).toEqual(['strings.wat', ...args])
  const expected = ['PWD=/workspace', 'TOKEN=a b', 'LD_PRELOAD=/nowhere.so', 'HOME=/workspace', 'UMLAUT=ä\n']
  expect(strings.slice(6).sort()).toEqual(expected.sort())
  expect(text(result.stderr)).toBe('')
})

test('argv[0] can be chosen', async (context) => {
  const { exec } = await wasiBench(context)
  expect(text((await exec('strings', { argv0: '-busybox' })).stdout).split('\0')[0]).toBe('-busybox')
})

test('the working directory is the first directory, the workspace the second', async (context) => {
  const { exec, workspace } = await wasiBench(context)
  mkdirSync(join(workspace, 'sub/deep'), { recursive: true })
  const cwd = relPath('sub/deep')
  expect(await exec('files', { cwd, args: ['w', '3', 'here', '1'] })).toMatchObject({ exitCode: 0 })
  expect(await exec('files', { cwd, args: ['w', '4', 'there', '2'] })).toMatchObject({ exitCode: 0 })
  expect(readFileSync(join(workspace, 'sub/deep/here'), 'utf8')).toBe('1')
  expect(readFileSync(join(workspace, 'there'), 'utf8')).toBe('2')
  const strings = text((await exec('strings', { cwd })).stdout).split('\0')
  expect(strings).toContain('PWD=/workspace/sub/deep')
})

test('a working directory that is none', async (context) => {
  const { exec, workspace } = await wasiBench(context)
  symlinkSync('/', join(workspace, 'root'))
  for (const cwd of ['missing', 'root', 'root/tmp']) {
    await expect(exec('hello', { cwd: relPath(cwd) })).rejects.toMatchObject({ code: 'PATH_INVALID', path: cwd })
  }
})

test('output arrives while the module runs, and a slow reader slows it', async (context) => {
  const { exec } = await wasiBench(context)
  const seen: string[] = []
  const stdout = async (chunk: Uint8Array): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    seen.push(text(chunk))
  }
  const result = await exec('cat', { stdin: Readable.from(['one ', 'two ']), stdout, collect: false })
  expect(seen.join('')).toBe('one two ')
  expect(result.stdout).toBeUndefined()
})

test('a reader that fails ends the module, and its error comes back', async (context) => {
  const { exec } = await wasiBench(context)
  const broken = new Error('EPIPE')
  const stdout = (): never => {
    throw broken
  }
  await expect(exec('flood', { stdout, collect: false })).rejects.toBe(broken)
})

test('no descriptor is left open', async (context) => {
  const { exec } = await wasiBench(context)
  await exec('hello')
  const before = readdirSync('/proc/self/fd').length
  await exec('hello')
  await exec('trap')
  await expect(exec('other-host')).rejects.toThrow()
  await expect(exec('hello', { cwd: relPath('none') })).rejects.toThrow()
  expect(readdirSync('/proc/self/fd').length).toBe(before)
})
