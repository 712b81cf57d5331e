import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { openSession } from '../../../src/tools/open-session.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { scratchProject } from '../../helpers/open-scratch.js'

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
beforeEach((context) => need(context, noRoot()))

it('needs a place for sessions only where the project cannot hold them, and says so', async () => {
  const { project } = scratchProject()
  execFileSync('mount', ['-t', 'tmpfs', 'none', project])
  writeFileSync(`${project}/file`, 'one')
  execFileSync('mount', ['-o', 'remount,ro', project])
  onTestFinished(() => void execFileSync('umount', ['-l', project]))
  const refused = { code: 'STATE_ROOT_NEEDED', hint: expect.stringContaining('`stateRoot`') }
  await expect(openSession({ project })).rejects.toMatchObject(refused)
  const stateRoot = `${project}/../state`
  mkdirSync(stateRoot)
  await using session = await openSession({ project, stateRoot, id: 'away' })
  await session.workspace.writeFile('file', text('two'))
  expect(session.notes.join()).toContain('read-only')
  await using again = await openSession({ project, stateRoot, id: 'away' })
  expect(again.created).toBe(false)
  await session.discard()
})

it('hides what it is told to, and says what it cannot be asked', async () => {
  const { project, open } = scratchProject({ '.env': 'secret', file: 'x' })
  await using session = await open({ id: 'hides', hide: ['.env'] })
  expect(await session.workspace.listDir('.')).toEqual([{ name: 'file', type: 'file' }])
  await expect(open({ id: 'hides', hide: ['file'] })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(open({ id: 'Not An Id' })).rejects.toMatchObject({ code: 'SESSION_ID_INVALID' })
  await expect(openSession({ project: `${project}/none` })).rejects.toMatchObject({ code: 'PROJECT_INVALID' })
  await expect(openSession({ project: 'relative' })).rejects.toMatchObject({ code: 'PATH_INVALID' })
  await expect(openSession({ project: session.merged })).rejects.toMatchObject({ code: 'PROJECT_INVALID' })
  await expect(session.exec({ module: { kind: 'path', path: '/x.wasm' } })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(session.revert(['.'])).rejects.toMatchObject({ code: 'USAGE' })
  await expect(session.commit({ paths: ['../file'] })).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
})

it('writes nothing where a commit would not take it from', async () => {
  const { open } = scratchProject({ 'sub/.openagentic/file': 'a project in a project' })
  await using session = await open()
  await expect(session.workspace.writeFile('.openagentic/x', text('x'))).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  await expect(session.workspace.listDir('.openagentic')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' })
  await session.workspace.writeFile('sub/.openagentic/file', text('y'))
  expect((await session.changes()).changes.map(({ path }) => path)).toEqual(['sub/.openagentic/file'])
})

it('shows the changes as a patch', async (context) => {
  need(context, noProgram('git'))
  const { open } = scratchProject({ 'dir/file': 'one\n', other: 'x\n' })
  await using session = await open()
  await session.workspace.writeFile('dir/file', text('two\n'))
  await session.workspace.writeFile('other', text('y\n'))
  const { text: patch, notes } = await session.diff({ paths: ['dir'] })
  expect(patch).toMatch(/^diff --git a\/dir\/file b\/dir\/file\n[\s\S]*\n-one\n\+two\n$/)
  expect(notes).toEqual([])
  expect((await session.diff({ format: 'stat' })).text).toContain('2 files changed')
})
