import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ByteString } from '../../../../src/paths/byte-string.js'
import { need, noProgram, noRoot } from '../../../helpers/capability.js'
import { context, coreSession } from '../../../helpers/core-session.js'

beforeEach((test) => need(test, noRoot() ?? noProgram('setfacl')))

describe.each(['fresh', 'over a whiteout'])('a new entry, %s', (how) => {
  function session() {
    const made = coreSession()
    if (how === 'fresh') return { ...made, name: 'd/new' }
    for (const name of ['a', 'c']) expect(made.merged.unlink(`b/${name}`)).toBe(0)
    return { ...made, name: 'b/a' }
  }

  it('has the group of a setgid directory, and a directory its bit', () => {
    const { merged, core, node, out, name } = session()
    const parent = name.slice(0, 1)
    merged.chown(parent, 0, 50)
    merged.chmod(parent, 0o2775)
    const who = { ...context, uid: 1000, gid: 1000 }
    expect(core.mkdir(who, node(parent), name.slice(2) as ByteString, 0o755, out)).toBe(0)
    expect(merged.see(name)).toMatchObject({ mode: '2755', owner: '1000:50' })
    expect(core.mknod(who, node(parent), 'c' as ByteString, 0o100644, 0, 0, out)).toBe(0)
    expect(merged.see(`${parent}/c`)).toMatchObject({ mode: '644', owner: '1000:50' })
  })

  it('belongs to who made it, with its setuid bit', () => {
    const { merged, core, node, out, name } = session()
    const opened = { fh: 0, keepCache: false }
    const who = { ...context, uid: 7, gid: 8, umask: 0o077 }
    const parent = node(name.slice(0, 1))
    expect(core.create(who, parent, name.slice(2) as ByteString, 0o6755, 2, out, opened)).toBe(0)
    expect([out.uid, out.gid, (out.mode & 0o7777).toString(8)]).toEqual([7, 8, '6700'])
    expect(core.write(opened.fh, 0, Buffer.from('x'))).toBe(1)
    expect(merged.see(name)).toMatchObject({ content: 'x', owner: '7:8' })
  })

  it('gets the default ACL of its directory, whatever the umask', () => {
    const { merged, bed, name } = session()
    const parent = name.slice(0, 1)
    merged.chmod(parent, 0o775)
    execFileSync('setfacl', ['-d', '-m', 'u:1000:rwx,g::rwx,o::-', `${bed.upper}/${parent}`])
    expect(merged.write(name, 0o301, 0o666, 0, '')).toBe(0)
    const acl = execFileSync('getfacl', ['-c', '-n', '--absolute-names', `${bed.upper}/${name}`], { encoding: 'utf8' })
    expect(acl).toContain('user:1000:rwx')
    expect(merged.see(name)).toMatchObject({ mode: '660' })
    expect(merged.mkdir(`${parent}/c`, 0o777)).toBe(0)
    const below = execFileSync('getfacl', ['-c', '-n', '--absolute-names', `${bed.upper}/${parent}/c`], {
      encoding: 'utf8',
    })
    expect(below).toContain('default:user:1000:rwx')
    expect(readdirSync(`${bed.work}/fuse`).filter((entry) => entry !== 'whiteout')).toEqual([])
  })
})

it('takes names of 255 bytes of any kind, and no other', () => {
  const { merged, core, node, out } = coreSession()
  const longest = '\xff'.repeat(255)
  expect([merged.mkdir(longest, 0o755), merged.mkdir(`${longest}x`, 0o755)]).toEqual([0, -36])
  expect(merged.list('')).toContain(longest)
  for (const name of ['', '.', '..', 'a/b', 'a\0b']) {
    expect(core.mkdir(context, node(''), name as ByteString, 0o755, out)).toBe(-22)
    expect(core.lookup(1, name as ByteString, out)).toBe(-22)
  }
})

it('makes no whiteout for anybody', () => {
  const { merged, core, out } = coreSession()
  expect(core.mknod(context, 1, 'w' as ByteString, 0o020644, 0, 0, out)).toBe(-1)
  expect(core.mknod(context, 1, 'zero' as ByteString, 0o020644, 1, 5, out)).toBe(0)
  expect(merged.see('zero')).toMatchObject({ type: 2, content: String(256 + 5) })
})

it('keeps attributes that are named like marks apart from marks', () => {
  const { merged, core, node, bed } = coreSession()
  expect(merged.setxattr('d', 'trusted.overlay.opaque', 'y', 0)).toBe(0)
  expect(merged.setxattr('a', 'trusted.overlay.opaque', 'y', 0)).toBe(0)
  expect(merged.list('a')).toEqual(['a', 'b'])
  expect(merged.see('a')).toMatchObject({ xattrs: 'trusted.overlay.opaque=79;' })
  expect(core.getxattr(node('a'), 'trusted.overlay.origin' as ByteString, Buffer.alloc(100))).toBe(-61)
  const raw = execFileSync('getfattr', ['-d', '-m', '-', '--absolute-names', `${bed.upper}/a`], { encoding: 'latin1' })
  expect(raw).toContain('trusted.overlay.overlay.opaque')
  expect([core.listxattr(node('a'), Buffer.alloc(0)), core.listxattr(node('a'), Buffer.alloc(3))]).toEqual([23, -34])
  expect([merged.removexattr('a', 'trusted.overlay.opaque'), merged.see('a')]).toMatchObject([0, { xattrs: '' }])
})

it('counts the names of a file, also of one that is open only', () => {
  const { merged, core, node, open, out, bed } = coreSession()
  expect([merged.link('c', 'd/c'), merged.link('c', 'b/e')]).toEqual([0, 0])
  expect(merged.see('d/c')).toMatchObject({ nlink: 3, content: 'c' })
  expect([node('c'), node('b/e')]).toEqual([node('d/c'), node('d/c')])
  const writer = open('b/e', 2)
  for (const path of ['c', 'b/e']) merged.unlink(path)
  core.write(writer, 0, Buffer.from('still'))
  expect([merged.see('d/c'), statSync(`${bed.upper}/d/c`).nlink]).toMatchObject([{ content: 'still', nlink: 1 }, 1])
  expect([merged.rename('d/c', 'c', 0), core.getattr(node('c'), -1, out), out.nlink]).toEqual([0, 0, 1])
})
