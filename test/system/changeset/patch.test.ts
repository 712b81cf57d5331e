import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { PatchNote } from '../../../src/changeset/patch/patch-note.js'
import { type PatchOptions, writePatch } from '../../../src/changeset/patch/write-patch.js'
import { execaRunner } from '../../../src/os/execa-runner.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createFileOps } from '../../../src/os/native-file-ops.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { changesBetween, onDisk, readTree } from '../../helpers/tree-changes.js'

let top: string
let base: string
let session: string

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'overlay-patch-'))
  base = join(top, 'base')
  session = join(top, 'session')
  mkdirSync(base)
  mkdirSync(join(top, 'temp'))
})

afterEach(() => rmSync(top, { recursive: true, force: true }))

interface Made {
  readonly patch: Buffer
  readonly notes: readonly PatchNote[]
}

async function makePatch(options: Partial<PatchOptions> = {}): Promise<Made> {
  const pieces: Uint8Array[] = []
  const ports = { ops: createFileOps(loadAddon()), runner: execaRunner() }
  const notes = await writePatch(
    ports,
    { base: absPath(base), upper: absPath(session) },
    changesBetween(readTree(base), readTree(session)),
    {
      format: 'patch',
      output: (piece) => void pieces.push(piece),
      tempDir: absPath(join(top, 'temp')),
      path: process.env.PATH ?? '',
      ...options,
    },
  )
  expect(readdirSync(join(top, 'temp'))).toEqual([])
  return { patch: Buffer.concat(pieces), notes }
}

/** Applies to a copy of the base what git's patch format can hold. */
function applied(patch: Buffer): string {
  const copy = join(top, 'copy')
  copyTree(base, copy)
  for (const args of [['--check'], []]) {
    const { status, stderr } = spawnSync('git', ['apply', ...args, '-'], { cwd: copy, input: patch })
    expect(stderr.toString()).toBe('')
    expect(status).toBe(0)
  }
  return copy
}

function shape(tree: string): unknown[] {
  return [...readTree(tree)]
    .filter(([, { type }]) => type !== 'dir')
    .map(([path, { type, stat, bytes }]) => [path, type, (stat.mode & 0o100) !== 0, bytes])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}

/** Node's own cpSync loses names that are not UTF-8. */
function copyTree(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to])
}

function startSession(): void {
  copyTree(base, session)
}

it('turns the base into the session with git apply', async () => {
  const odd = Buffer.concat([Buffer.from('odd "q\\\n\t'), Buffer.from([0xff, 0x80])])
  mkdirSync(join(base, 'deep/er'), { recursive: true })
  writeFileSync(join(base, 'text'), 'one\ntwo\nthree\n')
  writeFileSync(join(base, 'no-newline'), 'one\ntwo')
  writeFileSync(join(base, 'binary'), Buffer.from([0, 1, 2, 255, 0]))
  writeFileSync(join(base, 'script'), '#!/bin/sh\n')
  writeFileSync(join(base, 'gone'), 'gone\n')
  writeFileSync(join(base, 'empty-to-full'), '')
  writeFileSync(join(base, 'deep/er/moved'), 'content that moves\n'.repeat(20))
  writeFileSync(join(base, 'file-to-link'), 'file\n')
  writeFileSync(join(base, 'file-to-dir'), 'file\n')
  symlinkSync('text', join(base, 'link-to-file'))
  symlinkSync('text', join(base, 'link'))
  mkdirSync(join(base, 'dir-to-link'))
  writeFileSync(join(base, 'dir-to-link/in'), 'in\n')
  mkdirSync(join(base, 'dir-to-file/sub'), { recursive: true })
  writeFileSync(join(base, 'dir-to-file/sub/in'), 'in\n')
  mkdirSync(join(base, 'gone-dir/sub'), { recursive: true })
  writeFileSync(join(base, 'gone-dir/sub/in'), 'in\n')
  symlinkSync('in', join(base, 'gone-dir/sub/link'))
  writeFileSync(onDisk(base, odd), 'odd\n')
  startSession()
  writeFileSync(join(session, 'text'), 'one\n2\nthree\n')
  writeFileSync(join(session, 'no-newline'), 'one\n2')
  writeFileSync(join(session, 'binary'), Buffer.from([0, 9, 9, 255, 0]))
  chmodSync(join(session, 'script'), 0o755)
  rmSync(join(session, 'gone'))
  writeFileSync(join(session, 'empty-to-full'), 'full')
  writeFileSync(join(session, 'new-empty'), '')
  renameSync(join(session, 'deep/er/moved'), join(session, 'moved here'))
  for (const name of ['file-to-link', 'file-to-dir', 'link-to-file', 'link']) rmSync(join(session, name))
  symlinkSync('elsewhere', join(session, 'file-to-link'))
  symlinkSync('else\nwhere', join(session, 'link'))
  mkdirSync(join(session, 'file-to-dir'))
  writeFileSync(join(session, 'file-to-dir/in'), 'new\n')
  writeFileSync(join(session, 'link-to-file'), 'now a file\n')
  for (const name of ['dir-to-link', 'dir-to-file', 'gone-dir']) rmSync(join(session, name), { recursive: true })
  symlinkSync('.', join(session, 'dir-to-link'))
  writeFileSync(join(session, 'dir-to-file'), 'file\n')
  writeFileSync(onDisk(session, odd), 'odder\n')
  writeFileSync(onDisk(session, Buffer.from([0x22, 0xfe])), 'new odd\n')
  const { patch, notes } = await makePatch()
  expect(patch.toString('latin1')).toContain('rename to moved here')
  expect(patch.toString('latin1')).toContain('GIT binary patch')
  expect(shape(applied(patch))).toEqual(shape(session))
  expect(notes).toEqual([])
})

it('writes nothing, and starts no git, without a change', async () => {
  writeFileSync(join(base, 'same'), 'same\n')
  startSession()
  expect(await makePatch({ path: '/nonexistent' })).toEqual({ patch: Buffer.alloc(0), notes: [] })
})

it('names what a patch cannot hold', async () => {
  mkdirSync(join(base, 'mode'))
  mkdirSync(join(base, 'removed-empty'))
  writeFileSync(join(base, 'secret'), '')
  chmodSync(join(base, 'secret'), 0o644)
  mkdirSync(join(base, '.hidden/.git'), { recursive: true })
  writeFileSync(join(base, '.hidden/.git/config'), 'old')
  startSession()
  chmodSync(join(session, 'mode'), 0o700)
  chmodSync(join(session, 'secret'), 0o600)
  rmSync(join(session, 'removed-empty'), { recursive: true })
  mkdirSync(join(session, 'new-empty'))
  writeFileSync(join(session, '.hidden/.git/config'), 'new')
  spawnSync('mkfifo', [join(session, 'pipe')])
  writeFileSync(join(session, 'huge'), '')
  truncateSync(join(session, 'huge'), 5000)
  const { patch, notes } = await makePatch({ sizeLimit: 4999 })
  expect(patch.length).toBe(0)
  expect(notes.map(({ path, kind }) => [path, kind])).toEqual([
    ['.hidden/.git/config', 'git-dir'],
    ['huge', 'size'],
    ['mode', 'mode'],
    ['new-empty', 'directory'],
    ['pipe', 'special'],
    ['removed-empty', 'directory'],
    ['secret', 'mode'],
  ])
  expect(notes.find(({ path }) => path === 'secret')?.text).toBe('mode 0644 -> 0600')
})

it('lets git swap a symlink and a directory', async () => {
  mkdirSync(join(base, 'dir'))
  writeFileSync(join(base, 'dir/in'), 'in\n')
  symlinkSync('target', join(base, 'link'))
  startSession()
  renameSync(join(session, 'dir'), join(session, 'away'))
  renameSync(join(session, 'link'), join(session, 'dir'))
  renameSync(join(session, 'away'), join(session, 'link'))
  const { patch, notes } = await makePatch()
  expect(shape(applied(patch))).toEqual(shape(session))
  expect(notes).toEqual([])
})

it('leaves out what would take the place of a directory that git cannot empty', async () => {
  mkdirSync(join(base, 'held/empty'), { recursive: true })
  writeFileSync(join(base, 'held/file'), 'file\n')
  spawnSync('mkfifo', [join(base, 'pipe')])
  writeFileSync(join(base, 'other'), 'one\n')
  startSession()
  for (const name of ['held', 'pipe']) rmSync(join(session, name), { recursive: true })
  writeFileSync(join(session, 'held'), 'now a file\n')
  mkdirSync(join(session, 'pipe'))
  writeFileSync(join(session, 'pipe/in'), 'in\n')
  writeFileSync(join(session, 'other'), 'two\n')
  const { patch, notes } = await makePatch()
  expect(notes.map(({ path, kind }) => [path, kind])).toEqual([
    ['held', 'blocked'],
    ['pipe', 'special'],
    ['pipe/in', 'blocked'],
  ])
  expect(patch.toString()).not.toContain('held')
  expect(shape(applied(patch))).toContainEqual(['other', 'file', false, 'two\n'])
})

it('takes no notice of attributes and configuration, of the project or the person', async () => {
  writeFileSync(join(base, 'text'), 'one\n')
  writeFileSync(join(base, '.gitattributes'), '* binary diff=evil\n')
  startSession()
  writeFileSync(join(session, 'text'), 'two\n')
  writeFileSync(join(session, '.gitattributes'), '* -diff\n')
  const { patch } = await makePatch()
  expect(patch.toString()).toContain('-one\n+two\n')
  expect(shape(applied(patch))).toEqual(shape(session))
})

it('makes git counts and colour', async () => {
  writeFileSync(join(base, 'text'), 'one\n')
  startSession()
  writeFileSync(join(session, 'text'), 'two\nthree\n')
  expect((await makePatch({ format: 'numstat' })).patch.toString()).toBe('2\t1\ttext\0')
  expect((await makePatch({ format: 'stat' })).patch.toString()).toContain(
    '1 file changed, 2 insertions(+), 1 deletion(-)',
  )
  expect((await makePatch({ color: true })).patch.toString()).toContain('\u001b[32m+')
})

it('says that git is missing', async () => {
  startSession()
  writeFileSync(join(session, 'new'), 'new\n')
  await expect(makePatch({ path: '/nonexistent' })).rejects.toMatchObject({ code: 'GIT_MISSING' })
  expect(readdirSync(join(top, 'temp'))).toEqual([])
})

it('stops when it is told to', async () => {
  startSession()
  writeFileSync(join(session, 'new'), 'new\n')
  await expect(makePatch({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  expect(readdirSync(join(top, 'temp'))).toEqual([])
})

it('carries a file that is larger than one piece', async () => {
  startSession()
  writeFileSync(join(session, 'large'), Buffer.alloc(9 * 2 ** 20, 'line of text\n'))
  const { patch } = await makePatch()
  expect(shape(applied(patch))).toEqual(shape(session))
})
