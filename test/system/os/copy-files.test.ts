import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { allocated, copiedFacts, copiers, copyBed } from '../../helpers/copy-bed.js'
import { bytes, put } from '../../helpers/scratch.js'

const mebibyte = 1 << 20

describe.each(copiers)('copyFiles $name', ({ form }) => {
  it('copies content, attributes and times, and tells what it made', async () => {
    const bed = copyBed(form)
    mkdirSync(`${bed.from.path}/deep/er`, { recursive: true })
    writeFileSync(`${bed.from.path}/deep/er/large`, Buffer.alloc(3 * mebibyte, 'large'))
    for (const [name, mode] of Object.entries({
      plain: 0o644,
      secret: 0o600,
      closed: 0,
      open: 0o666,
      program: 0o755,
    })) {
      put(bed.from, bytes(name), name.repeat(1000), mode)
    }
    put(bed.from, bytes('empty'), '')
    bed.ops.setXattr(bed.from.root, bytes('plain'), bytes('user.color'), Buffer.from([0, 255, 10]))
    bed.ops.setXattr(bed.from.root, bytes('plain'), bytes('user.none'), new Uint8Array(0))
    bed.ops.setTimes(bed.from.root, bytes('empty'), 1_500_000_000_123_456_789n, -1_000_000_001n)
    const names = ['plain', 'secret', 'closed', 'open', 'program', 'empty']
    const files = [...names, 'deep/er/large'].map((name) => bed.file(name))
    const made = await bed.copy(files)
    for (const [index, name] of names.entries()) {
      expect(bed.ops.stat(bed.to.root, bytes(name))).toMatchObject({ atimeNs: files[index]?.attributes.atimeNs })
      expect(copiedFacts(bed.to, bytes(name))).toEqual(copiedFacts(bed.from, bytes(name)))
      expect(bed.ops.stat(bed.to.root, bytes(name))).toMatchObject(made[index] as object)
    }
    expect(sameBytes(`${bed.to.path}/deep_er_large`, `${bed.from.path}/deep/er/large`)).toBe(true)
  })

  it('gives exact modes under any umask, and from any mode of the source', async () => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'x')
    const modes = [0o777, 0o4755, 0o2711, 0o1666, 0o7777, 0]
    const umask = process.umask(0o777)
    try {
      await bed.copy(modes.map((mode) => ({ ...bed.file('file', { mode }), to: String(mode) as RelPath })))
    } finally {
      process.umask(umask)
    }
    for (const mode of modes) expect(bed.ops.stat(bed.to.root, bytes(String(mode)))?.mode).toBe(mode)
  })

  it('sets owner, then capabilities and ACL, then mode', async (context) => {
    need(context, noRoot() ?? noProgram('setfacl') ?? noProgram('setcap'))
    const bed = copyBed(form)
    for (const name of ['acl', 'capable']) put(bed.from, bytes(name), name, 0o755)
    execFileSync('setfacl', ['-m', 'u:54321:rwx,g:54322:r,m::rw', `${bed.from.path}/acl`])
    execFileSync('chown', ['54321:54322', `${bed.from.path}/acl`, `${bed.from.path}/capable`])
    execFileSync('chmod', ['u+s', `${bed.from.path}/acl`])
    execFileSync('/usr/sbin/setcap', ['cap_net_raw=ep', `${bed.from.path}/capable`])
    await bed.copy([bed.file('acl'), bed.file('capable')])
    for (const name of ['acl', 'capable']) {
      expect(copiedFacts(bed.to, bytes(name))).toEqual(copiedFacts(bed.from, bytes(name)))
    }
    expect(bed.ops.stat(bed.to.root, bytes('acl'))).toMatchObject({ uid: 54321, gid: 54322, mode: 0o4765 })
    expect([...bed.ops.getXattrs(bed.to.root, bytes('capable')).keys()]).toEqual(['security.capability'])
  })

  it('keeps every hole', async () => {
    const bed = copyBed(form)
    const { ops, root, path } = bed.from
    const file = (name: string, size: number, data: readonly number[]): void => {
      const fd = ops.createFile(root, bytes(name), 0o600)
      for (const at of data) ops.write(fd, Buffer.alloc(65536, name), at * mebibyte)
      ops.truncate(fd, size * mebibyte)
      ops.close(fd)
    }
    file('middle', 40, [3, 20])
    file('begin', 9, [0])
    file('end', 9, [8])
    file('hole', 7, [])
    file('terabyte', mebibyte, [0, 1000, mebibyte - 1])
    const names = ['middle', 'begin', 'end', 'hole', 'terabyte']
    await bed.copy(names.map((name) => bed.file(name)))
    for (const name of names) {
      expect(allocated(`${bed.to.path}/${name}`)).toBeLessThanOrEqual(allocated(`${path}/${name}`) + 8192)
      expect(bed.ops.stat(bed.to.root, bytes(name))?.size).toBe(ops.stat(root, bytes(name))?.size)
      if (name !== 'terabyte') expect(sameBytes(`${bed.to.path}/${name}`, `${path}/${name}`)).toBe(true)
    }
    const end = Buffer.alloc(8)
    const fd = bed.ops.openFile(bed.to.root, bytes('terabyte'))
    bed.ops.read(fd, end, (mebibyte - 1) * mebibyte)
    bed.ops.close(fd)
    expect(end.toString()).toBe('terabyte')
  })

  it('copies files of every size around a block, a buffer and a piece', async () => {
    const bed = copyBed(form)
    const sizes = [1, 4095, 4096, 4097, 131_071, 131_072, 131_073, 262_145, 16 * mebibyte - 1, 16 * mebibyte + 1]
    const pattern = Buffer.from(Array.from({ length: 16 * mebibyte + 1 }, (_, index) => (index * 7) % 251))
    for (const size of sizes) writeFileSync(`${bed.from.path}/${size}`, pattern.subarray(0, size))
    await bed.copy(sizes.map((size) => bed.file(String(size))))
    for (const size of sizes)
      expect(readFileSync(`${bed.to.path}/${size}`).equals(pattern.subarray(0, size))).toBe(true)
  })

  it('takes names of any bytes and paths of any length', async () => {
    const bed = copyBed(form)
    const odd = '\xff\n %\x01' as ByteString
    put(bed.from, odd, 'odd')
    const deep = Array.from({ length: 25 }, () => 'd'.repeat(250)).join('/')
    for (const { ops, root } of [bed.from, bed.to]) {
      let at = ops.openDir(root, '' as RelPath)
      for (const name of deep.split('/')) {
        ops.mkdir(at, bytes(name), 0o700)
        const next = ops.openDir(at, name as RelPath)
        ops.close(at)
        at = next
      }
      if (root === bed.from.root) ops.close(ops.createFile(at, odd, 0o640))
      ops.close(at)
    }
    const far = `${deep}/${odd}` as RelPath
    await bed.copy([bed.file(odd), { ...bed.file(far), to: far }])
    expect(copiedFacts(bed.to, odd)).toEqual(copiedFacts(bed.from, odd))
    const dir = bed.ops.openDir(bed.to.root, deep as RelPath)
    expect(bed.ops.stat(dir, odd)?.mode).toBe(0o640)
    bed.ops.close(dir)
  })

  it('copies thousands, in the order asked for, and tells how far it is', async () => {
    // An ext4 without a journal is slow to make files for minutes after as many were removed.
    const bed = copyBed(form, { from: '/dev/shm', to: '/dev/shm' })
    const names = Array.from({ length: 5000 }, (_, index) => `f${index}`)
    for (const name of names) writeFileSync(`${bed.from.path}/${name}`, name)
    const reports: number[] = []
    const made = await bed.copy(
      names.map((name) => bed.file(name)),
      { onProgress: (done) => reports.push(done), startWriteback: true },
    )
    const inodes = new Map(bed.ops.scanDir(bed.to.root).map(({ name, stat }) => [name as string, stat.ino]))
    expect(made.map(({ ino }) => ino)).toEqual(names.map((name) => inodes.get(name)))
    for (const name of names) expect(readFileSync(`${bed.to.path}/${name}`, 'utf8')).toBe(name)
    expect(reports.at(-1)).toBe(5000)
    expect(reports).toEqual(reports.toSorted((one, other) => one - other))
  })

  it('copies nothing when there is nothing to copy', async () => {
    const bed = copyBed(form)
    expect(await bed.copy([])).toEqual([])
    expect(readdirSync(bed.to.path)).toEqual([])
  })

  it('looks at no more of the source than is expected', async () => {
    const bed = copyBed(form)
    put(bed.from, bytes('file'), 'x')
    await bed.copy([{ ...bed.file('file'), expected: { size: 1 } }])
    truncateSync(`${bed.from.path}/file`, 2)
    await expect(bed.copy([{ ...bed.file('file'), expected: { size: 1 } }])).rejects.toMatchObject({
      name: 'SourceMoved',
    })
  })
})

/** `toEqual` takes minutes for megabytes. */
function sameBytes(one: string, other: string): boolean {
  return readFileSync(one).equals(readFileSync(other))
}
