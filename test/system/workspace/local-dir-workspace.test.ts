import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, renameSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import { LocalDirWorkspace } from '../../../src/workspace/local-dir-workspace.js'
import { need, noRoot } from '../../helpers/capability.js'
import { failingOps } from '../../helpers/faulty-ops.js'
import { scratch } from '../../helpers/scratch.js'

const ports = systemPorts()
const text = (content: string): Uint8Array => new TextEncoder().encode(content)

let top = ''
beforeEach(() => {
  top = scratch().path
  mkdirSync(`${top}/work`)
})

const workspace = (): LocalDirWorkspace => new LocalDirWorkspace(`${top}/work`, { fileLimitBytes: 1000 })

it('does not lead to the sessions of a project, at any depth', async () => {
  const files = workspace()
  for (const dir of ['.openagentic/sessions', 'sub/.openagentic', '.OpenAgentic', 'named'])
    mkdirSync(`${top}/work/${dir}`, { recursive: true })
  symlinkSync('../.openagentic/sessions', `${top}/work/named/link`)
  const ways = ['.openagentic/x', './a/../.openagentic/x', 'sub/.openagentic/x', '.OpenAgentic/x', 'named/link/x']
  for (const path of [...ways, '.open\u200dagentic/x']) {
    await expect(files.writeFile(path, text('x')), path).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
    await expect(files.readFile(path), path).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  }
  await expect(files.listDir('.openagentic')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  expect((await files.listDir('.')).map(({ name }) => name)).toEqual(['named', 'sub'])
  expect(await files.listDir('sub')).toEqual([])
})

it('refuses a file above its limit without reading it', async () => {
  const files = workspace()
  await files.writeFile('sparse', text('x'))
  truncateSync(`${top}/work/sparse`, 2 ** 40)
  await expect(files.readFile('sparse')).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', path: 'sparse' })
  await expect(files.writeFile('large', new Uint8Array(1001))).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })
  expect(await files.stat('sparse')).toMatchObject({ size: 2 ** 40 })
})

it('says that its directory is gone, and writes to none that took its place', async () => {
  const files = workspace()
  await files.writeFile('file', text('x'))
  renameSync(`${top}/work`, `${top}/moved`)
  await expect(files.readFile('file')).rejects.toMatchObject({ code: 'WORKSPACE_GONE' })
  mkdirSync(`${top}/work`)
  await expect(files.writeFile('file', text('y'))).rejects.toMatchObject({ code: 'WORKSPACE_GONE' })
  expect(() => new LocalDirWorkspace(`${top}/none`)).toThrow(expect.objectContaining({ code: 'WORKSPACE_GONE' }))
  expect(() => new LocalDirWorkspace('work')).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }))
})

it('stops at a mount and at devices', async (context) => {
  need(context, noRoot())
  const files = workspace()
  mkdirSync(`${top}/work/mounted`)
  execFileSync('mount', ['-t', 'tmpfs', 'none', `${top}/work/mounted`])
  try {
    await expect(files.writeFile('mounted/x', text('x'))).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  } finally {
    execFileSync('umount', [`${top}/work/mounted`])
  }
  execFileSync('mknod', [`${top}/work/zero`, 'c', '1', '5'])
  await expect(files.readFile('zero')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
})

it('leaves what it makes in a user’s directory to the user', async (context) => {
  need(context, noRoot())
  const files = workspace()
  chownSync(`${top}/work`, 4321, 4321)
  await files.writeFile('new/file', text('x'))
  writeFileSync(`${top}/work/theirs`, 'x')
  chownSync(`${top}/work/theirs`, 99, 98)
  await files.writeFile('theirs', text('y'))
  const owners = ['new', 'new/file', 'theirs'].map((path) => statSync(`${top}/work/${path}`))
  expect(owners.map(({ uid, gid }) => [uid, gid])).toEqual([
    [4321, 4321],
    [4321, 4321],
    [99, 98],
  ])
})

it('keeps the old file, and nothing else, when a write fails at any call', async () => {
  await workspace().writeFile('file', text('old'))
  for (let at = 1; ; at += 1) {
    const { ops } = failingOps(ports.ops, at, 'ENOSPC')
    const files = new LocalDirWorkspace(`${top}/work`, { ports: { ops } })
    const failed = await files.writeFile('file', text('new')).then(
      () => false,
      () => true,
    )
    expect((await workspace().listDir('.')).map(({ name }) => name)).toEqual(['file'])
    const now = Buffer.from(await workspace().readFile('file')).toString()
    expect(now).toBe(failed ? 'old' : 'new')
    if (!failed) break
  }
})
