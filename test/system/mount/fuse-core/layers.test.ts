import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AbsPath, ByteString } from '../../../../src/paths/byte-string.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { context, coreSession } from '../../../helpers/core-session.js'
import { seeTree } from '../../../helpers/path-calls.js'
import { plainCalls } from '../../../helpers/plain-calls.js'

beforeEach((test) => need(test, noRoot()))

describe('what somebody changes in the project', () => {
  it('is seen by the next lookup', () => {
    const { merged, bed, node } = coreSession()
    const [file, directory] = [node('c'), node('a/b')]
    writeFileSync(`${bed.lower}/c`, 'edited')
    expect([merged.see('c'), node('c')]).toMatchObject([{ content: 'edited' }, file])
    writeFileSync(`${bed.lower}/c.new`, 'saved')
    renameSync(`${bed.lower}/c.new`, `${bed.lower}/c`)
    expect(merged.see('c')).toMatchObject({ content: 'saved' })
    expect(node('c')).not.toBe(file)
    rmSync(`${bed.lower}/a/a`)
    writeFileSync(`${bed.lower}/a/late`, 'late')
    expect([merged.see('a/a'), merged.see('a/late')]).toMatchObject([-2, { content: 'late' }])
    mkdirSync(`${bed.lower}/fresh`)
    writeFileSync(`${bed.lower}/fresh/file`, 'fresh')
    renameSync(`${bed.lower}/a/b`, `${bed.lower}/old`)
    renameSync(`${bed.lower}/fresh`, `${bed.lower}/a/b`)
    expect([merged.list('a/b'), node('a/b')]).toEqual([['file'], directory])
    expect([merged.see('old/a'), merged.see('a/b/c')]).toMatchObject([{ type: 8 }, -2])
  })

  it('is merged with what the session has', () => {
    const { merged, bed } = coreSession()
    merged.write('a/b/mine', 0o301, 0o644, 0, 'mine')
    rmSync(`${bed.lower}/a`, { recursive: true })
    expect([merged.list('a'), merged.list('a/b')]).toEqual([['b'], ['mine']])
    mkdirSync(`${bed.lower}/a/b`, { recursive: true })
    writeFileSync(`${bed.lower}/a/b/theirs`, 'theirs')
    expect(merged.list('a/b')).toEqual(['mine', 'theirs'])
    rmSync(`${bed.lower}/a`, { recursive: true })
    writeFileSync(`${bed.lower}/a`, 'a file now')
    expect(merged.list('a/b')).toEqual(['mine'])
  })

  it('may be kept for as long as was said, and what nobody else changes for good', () => {
    const { merged, core, node, out } = coreSession({ lowerValidMs: 700 })
    const kept = (path: string): number[] => {
      const cut = path.lastIndexOf('/')
      const parent = node(path.slice(0, Math.max(0, cut)))
      core.lookup(parent, path.slice(cut + 1) as ByteString, out)
      return out.nodeid === 0 ? [out.entryValidMs] : [out.entryValidMs, out.validMs]
    }
    merged.unlink('a/a')
    merged.mkdir('own', 0o755)
    merged.chmod('c', 0o600)
    const ever = Number.POSITIVE_INFINITY
    expect([kept('a/b/a'), kept('none'), kept('a/b'), kept('a')]).toEqual([[700, 700], [700], [700, 700], [700, ever]])
    expect([kept('a/a'), kept('own'), kept('own/none'), kept('c')]).toEqual([[ever], [700, ever], [ever], [ever, ever]])
  })
})

it('shows several lowers as one, the topmost first', () => {
  const { bed, core } = coreSession()
  const top = `${bed.merged}/top`
  mkdirSync(`${top}/a/b`, { recursive: true })
  writeFileSync(`${top}/a/b/top`, 'top')
  writeFileSync(`${top}/c`, 'top')
  execFileSync('mknod', [`${top}/d`, 'c', '0', '0'])
  mkdirSync(`${top}/b`)
  execFileSync('setfattr', ['-n', 'trusted.overlay.opaque', '-v', 'y', `${top}/b`])
  core.close()
  const lowers = [top, bed.lower].map((path) => bed.files.openRoot(path as AbsPath))
  const both = bed.start({ lowers })
  const merged = coreCalls(both, context)
  expect([merged.list(''), merged.list('a/b'), merged.list('b')]).toEqual([['a', 'b', 'c'], ['a', 'c', 'd', 'top'], []])
  expect([merged.see('c'), merged.see('d')]).toMatchObject([{ content: 'top' }, -2])
  expect([merged.unlink('a/b/top'), merged.mkdir('d', 0o755), merged.rename('a/b', 'e', 0)]).toEqual([0, 0, -18])
  const mounted = `${bed.merged}/mounted`
  mkdirSync(mounted)
  const seen = seeTree(merged)
  both.close()
  for (const fd of lowers) bed.files.close(fd)
  const layers = `lowerdir=${top}:${bed.lower},upperdir=${bed.upper},workdir=${bed.work}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `${layers},redirect_dir=on,metacopy=on`, mounted])
  try {
    expect(seeTree(plainCalls(bed.layers, mounted))).toEqual(seen)
  } finally {
    execFileSync('umount', [mounted])
  }
})

it('changes nothing where it is read only', () => {
  const { bed, merged: before } = coreSession()
  before.chmod('c', 0o600)
  before.unlink('a/a')
  const core = bed.start({ readOnly: true })
  const merged = coreCalls(core, context)
  expect([merged.list('a'), merged.see('c')]).toMatchObject([['b'], { mode: '600' }])
  const answers = [
    merged.chmod('b', 0o700),
    merged.write('c', 1, 0, 0, 'x'),
    merged.write('new', 0o301, 0o644, 0, 'x'),
    merged.mkdir('new', 0o755),
    merged.unlink('c'),
    merged.rmdir('d'),
    merged.rename('c', 'e', 0),
    merged.link('c', 'e'),
    merged.setxattr('d', 'user.a', 'x', 0),
    merged.truncate('b/a', 0),
  ]
  core.close()
  expect(answers.slice(0, 1)).toEqual([-30])
  expect(new Set(answers)).toEqual(new Set([-30]))
  expect(readdirSync(bed.upper).sort()).toEqual(['a', 'c'])
})

it('reads lowers alone, without an upper', () => {
  const { bed } = coreSession()
  const core = bed.start({ upper: undefined, work: undefined })
  const merged = coreCalls(core, context)
  expect([merged.list('a/b'), merged.see('c'), merged.mkdir('x', 0o755)]).toMatchObject([
    ['a', 'c', 'd'],
    { content: 'c' },
    -30,
  ])
  core.close()
})

it('crosses into no mount', () => {
  const { bed, merged } = coreSession()
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${bed.lower}/d`])
  try {
    expect([merged.see('d'), merged.list('a')]).toEqual([-18, ['a', 'b']])
  } finally {
    execFileSync('umount', [`${bed.lower}/d`])
  }
})

it('follows no link out of its layers', () => {
  const { bed, merged, core, node } = coreSession()
  const inside = node('a/b/a')
  rmSync(`${bed.lower}/a/b`, { recursive: true })
  execFileSync('ln', ['-s', '/etc', `${bed.lower}/a/b`])
  expect(merged.see('a/b')).toMatchObject({ type: 10, content: '/etc' })
  const opened = { fh: -1, keepCache: false }
  expect(core.open(inside, 0, opened)).toBeLessThan(0)
})

it('works with few descriptors, however deep', () => {
  const { merged, bed } = coreSession({ maxDirectories: 4 })
  const deep = Array.from({ length: 200 }, (_, at) => `level-${at}`)
  mkdirSync(`${bed.lower}/${deep.join('/')}`, { recursive: true })
  const bottom = deep.join('/')
  expect(merged.write(`${bottom}/file`, 0o301, 0o644, 0, 'deep')).toBe(0)
  const open = readdirSync('/proc/self/fd').length
  for (let level = 1; level < 200; level += 1) merged.see(deep.slice(0, level).join('/'))
  expect(readdirSync('/proc/self/fd').length).toBeLessThan(open + 10)
  expect(merged.see(`${bottom}/file`)).toMatchObject({ content: 'deep' })
})
