import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copyFilesByThreads } from '../../../src/os/copy-files.js'
import type { FileToCopy } from '../../../src/os/file-ops.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import type { AbsPath, RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { type CopyBed, copiers, copyBed } from '../../helpers/copy-bed.js'
import { mountFileSystem } from '../../helpers/loop-device.js'
import { bytes, put, type Scratch } from '../../helpers/scratch.js'

const mebibyte = 1 << 20

/** In memory: an ext4 without a journal is slow to make files for minutes after many were removed. */
const inMemory = { from: '/dev/shm', to: '/dev/shm' }

function manyFiles(bed: CopyBed, count: number): FileToCopy[] {
  for (let index = 0; index < count; index += 1) writeFileSync(`${bed.from.path}/f${index}`, 'x'.repeat(index))
  return Array.from({ length: count }, (_, index) => bed.file(`f${index}`))
}

describe.each(copiers)('copyFiles $name', ({ form }) => {
  it.each([
    ['a link', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a link to a file beside it', (path: string) => symlinkSync('0', path)],
    ['a directory', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['a socket', (_: string, { ops, root }: Scratch) => ops.mknod(root, bytes('1'), 'socket', 0o600, 0, 0)],
    ['nothing', () => {}],
    ['another file of the same size', (path: string) => writeFileSync(path, 'two')],
  ])('notices that a source became %s', async (_, replace) => {
    const bed = copyBed(form)
    for (const [index, content] of ['one', 'two', 'three'].entries()) put(bed.from, bytes(String(index)), content)
    const files = ['0', '1', '2'].map((name) => bed.file(name))
    // Kept, so that its inode number is not given out again.
    renameSync(`${bed.from.path}/1`, `${bed.from.path}/old`)
    replace(`${bed.from.path}/1`, bed.from)
    await expect(bed.copy(files)).rejects.toMatchObject({ name: 'SourceMoved', index: 1 })
    expect(existsSync(`${bed.to.path}/1`)).toBe(false)
  })

  it('notices that a directory on the way to a source became a link', async () => {
    const bed = copyBed(form)
    mkdirSync(`${bed.from.path}/a`)
    writeFileSync(`${bed.from.path}/a/f`, 'x')
    const file = bed.file('a/f')
    renameSync(`${bed.from.path}/a`, `${bed.from.path}/b`)
    symlinkSync('b', `${bed.from.path}/a`)
    await expect(bed.copy([file])).rejects.toMatchObject({ name: 'SourceMoved', index: 0 })
  })

  it.each([
    ['content', (path: string) => writeFileSync(path, 'NEW')],
    ['size', (path: string) => truncateSync(path, 2)],
    ['mode', (path: string) => chmodSync(path, 0o600)],
  ])('notices that the %s of a source changed', async (_, change) => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'old')
    const file = bed.file('file')
    change(`${bed.from.path}/file`)
    await expect(bed.copy([file])).rejects.toMatchObject({ name: 'SourceMoved', index: 0 })
  })

  it('notices that a source changes while it is copied', async () => {
    const bed = copyBed(form, inMemory)
    writeFileSync(`${bed.from.path}/large`, Buffer.alloc(64 * mebibyte, 'x'))
    const copying = bed.copy([{ ...bed.file('large'), expected: { size: 64 * mebibyte } }])
    appendFileSync(`${bed.from.path}/large`, 'more')
    await expect(copying).rejects.toMatchObject({ name: 'SourceMoved', index: 0 })
  })

  it.each([
    ['file', (path: string) => writeFileSync(path, 'mine')],
    ['link', (path: string) => symlinkSync('elsewhere', path)],
    ['directory', (path: string) => mkdirSync(path)],
  ])('leaves a %s alone that has the name already, and names it', async (_, make) => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'x')
    make(`${bed.to.path}/file`)
    await expect(bed.copy([bed.file('file')])).rejects.toMatchObject({
      name: 'SystemError',
      code: 'EEXIST',
      syscall: 'openat2',
      path: `${bed.to.path}/file`,
    })
    expect(existsSync(`${bed.to.path}/elsewhere`)).toBe(false)
    if (statSync(`${bed.to.path}/file`, { throwIfNoEntry: false })?.isFile())
      expect(readFileSync(`${bed.to.path}/file`, 'utf8')).toBe('mine')
  })

  it('leaves neither root', async () => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'x')
    symlinkSync('/tmp', `${bed.to.path}/out`)
    const file = bed.file('file')
    const to = (path: string): Promise<unknown> => bed.copy([{ ...file, to: path as RelPath }])
    await expect(to('../file')).rejects.toMatchObject({ code: 'EXDEV' })
    const below = (name: string): unknown => expect.stringContaining(`${bed.to.path}/${name}`)
    const notFollowed = expect.stringMatching(/^(ELOOP|ENOTDIR)$/)
    await expect(to('out/file')).rejects.toMatchObject({ code: notFollowed, path: below('out') })
    await expect(to('none/file')).rejects.toMatchObject({ code: 'ENOENT', path: below('none') })
    const from = `../${bed.from.path.split('/').at(-1)}/file` as RelPath
    await expect(bed.copy([{ ...file, from }])).rejects.toMatchObject({ code: 'EXDEV' })
  })

  it('crosses no mount', async (context) => {
    need(context, noRoot())
    const disk = mountFileSystem('tmpfs')
    writeFileSync(`${disk}/file`, 'x')
    const bed = copyBed(form)
    const fromRoot = bed.ops.openRoot(dirname(disk) as AbsPath)
    const attributes = { mode: 0o600, uid: 0, gid: 0, atimeNs: 0n, mtimeNs: 0n, xattrs: new Map() }
    const file = { from: `${basename(disk)}/file` as RelPath, expected: { size: 1 }, to: 'file' as RelPath, attributes }
    await expect(bed.copy([file], { fromRoot })).rejects.toMatchObject({
      code: 'EXDEV',
      path: expect.stringContaining(disk),
    })
    bed.ops.close(fromRoot)
  })

  it.each([
    ['bytes', 'size=1m'],
    ['inodes', 'nr_inodes=20'],
  ])('names the file for which there are no more %s', async (_, option) => {
    const disk = mountFileSystem('tmpfs', [option])
    const bed = copyBed(form, { from: '/dev/shm', to: disk })
    for (let index = 0; index < 100; index += 1) writeFileSync(`${bed.from.path}/f${index}`, Buffer.alloc(65536, 'x'))
    const files = Array.from({ length: 100 }, (_, index) => bed.file(`f${index}`))
    await expect(bed.copy(files)).rejects.toMatchObject({
      name: 'SystemError',
      code: 'ENOSPC',
      path: expect.stringMatching(new RegExp(`^${bed.to.path}/f\\d+$`)),
    })
  })

  it('stops all at the first failure, and leaves what was made', async () => {
    const bed = copyBed(form, inMemory)
    const files = manyFiles(bed, 3000)
    put(bed.to, bytes('f40'), 'mine')
    await expect(bed.copy(files)).rejects.toMatchObject({ code: 'EEXIST', path: `${bed.to.path}/f40` })
    const made = readdirSync(bed.to.path).length
    expect(made).toBeGreaterThan(1)
    expect(made).toBeLessThan(3000)
  })

  it('refuses what the user may not, and names it', async (context) => {
    need(context, noRoot())
    const bed = copyBed(form)
    for (const { path } of [bed.from, bed.to]) chmodSync(path, 0o777)
    put(bed.from, bytes('closed'), 'x', 0o600)
    put(bed.from, bytes('open'), 'x', 0o644)
    mkdirSync(`${bed.to.path}/theirs`)
    const [closed, open] = [bed.file('closed'), bed.file('open', { uid: 54321, gid: 54321 })]
    const others = bed.file('open')
    await asUserDuring(54321, async () => {
      await expect(bed.copy([closed])).rejects.toMatchObject({ code: 'EACCES', path: `${bed.from.path}/closed` })
      await expect(bed.copy([{ ...open, to: 'theirs/x' as RelPath }])).rejects.toMatchObject({
        code: 'EACCES',
        path: `${bed.to.path}/theirs/x`,
      })
      await bed.copy([open])
      rmSync(`${bed.to.path}/open`)
      await expect(bed.copy([others])).rejects.toMatchObject({ code: 'EPERM', path: `${bed.to.path}/open` })
    })
  })

  it('does nothing once its signal is aborted', async () => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'x')
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(bed.copy([bed.file('file')], { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: new Error('enough'),
    })
    expect(readdirSync(bed.to.path)).toEqual([])
  })

  it('stops between two files', async () => {
    const bed = copyBed(form, inMemory)
    const files = manyFiles(bed, 3000)
    const stop = new AbortController()
    const copying = bed.copy(files, { signal: stop.signal, startWriteback: true })
    stop.abort()
    await expect(copying).rejects.toMatchObject({ code: 'ABORTED' })
    const made = readdirSync(bed.to.path).length
    expect(made).toBeLessThan(3000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readdirSync(bed.to.path)).toHaveLength(made)
  })

  it('stops within a large file', async () => {
    const bed = copyBed(form, inMemory)
    writeFileSync(`${bed.from.path}/large`, Buffer.alloc(256 * mebibyte, 'x'))
    const stop = new AbortController()
    const copying = bed.copy([bed.file('large')], { signal: stop.signal })
    stop.abort()
    await expect(copying).rejects.toMatchObject({ code: 'ABORTED' })
    expect(statSync(`${bed.to.path}/large`, { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(256 * mebibyte)
  })

  it('leaves no descriptor open, however it ends', async () => {
    const bed = copyBed(form, inMemory)
    const files = manyFiles(bed, 200)
    const before = readdirSync('/proc/self/fd').length
    await bed.copy(files)
    await expect(bed.copy(files)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(bed.copy([{ ...files[0], from: 'none' as RelPath } as FileToCopy])).rejects.toThrow('Source 0')
    expect(readdirSync('/proc/self/fd')).toHaveLength(before)
    await expect(bed.copy(files, { toRoot: 99_999 })).rejects.toMatchObject({ code: 'EBADF' })
  })
})

it('copies in several calls what is too much for one', async () => {
  const bed = copyBed((ops) => ({ ...ops, copyFiles: (job) => copyFilesByThreads(loadAddon(), job, 64) }), inMemory)
  const files = manyFiles(bed, 200)
  const reports: number[] = []
  const made = await bed.copy(files, { onProgress: (done) => reports.push(done) })
  const inodes = new Map(bed.ops.scanDir(bed.to.root).map(({ name, stat }) => [name as string, stat.ino]))
  expect(made.map(({ ino }) => ino)).toEqual(files.map(({ to }) => inodes.get(to)))
  expect(reports.at(-1)).toBe(200)
  execFileSync('sh', ['-c', 'rm "$0"/*', bed.to.path])
  appendFileSync(`${bed.from.path}/f150`, 'more')
  await expect(bed.copy(files)).rejects.toMatchObject({ name: 'SourceMoved', index: 150 })
  await expect(bed.copy(files)).rejects.toMatchObject({ code: 'EEXIST', path: expect.stringContaining(bed.to.path) })
})

/** By effective ids, for all threads of the process. */
async function asUserDuring(id: number, work: () => Promise<void>): Promise<void> {
  const groups = process.getgroups?.() ?? []
  process.setgroups?.([])
  process.setegid?.(id)
  process.seteuid?.(id)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.(groups)
  }
}
