import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreSession } from '../../../helpers/core-session.js'

beforeEach((test) => need(test, noRoot()))

function marks(path: string): string[] {
  const text = execFileSync('getfattr', ['-h', '-d', '-m', 'overlay', '--absolute-names', path], { encoding: 'latin1' })
  const lines = text.split('\n').filter((line) => line.includes('.overlay.'))
  return lines.map((line) => line.replace(/=.*/, '')).sort()
}

it('copies only attributes up until content is written', () => {
  const { merged, bed, open, write } = coreSession()
  merged.chmod('a/b/a', 0o600)
  const copy = `${bed.upper}/a/b/a`
  expect(marks(copy)).toEqual(['trusted.overlay.metacopy', 'trusted.overlay.origin'])
  expect(statSync(copy).size).toBe(8000)
  // Its attributes may take a block.
  expect(statSync(copy).blocks).toBeLessThan(16)
  expect(merged.see('a/b/a')).toMatchObject({ content: 'two\n'.repeat(2000), mode: '600', mtime: '1000000.7' })
  write(open('a/b/a', 1), 0, 'TWO')
  expect(marks(copy)).toEqual(['trusted.overlay.origin'])
  expect(merged.see('a/b/a')).toMatchObject({ content: `TWO${'two\n'.repeat(2000).slice(3)}` })
})

it('copies all for a kernel that would not read the mark', () => {
  const { merged, bed } = coreSession({}, 'user')
  merged.chmod('a/b/a', 0o600)
  expect(marks(`${bed.upper}/a/b/a`)).toEqual(['user.overlay.origin'])
  expect(statSync(`${bed.upper}/a/b/a`).blocks).toBeGreaterThan(0)
})

it('leaves the times of directories as they were', () => {
  const { merged, upper } = coreSession()
  merged.chmod('a/b/c/a', 0o644)
  for (const path of ['a', 'a/b', 'a/b/c']) {
    expect([merged.see(path), upper.see(path)]).toMatchObject([{ mtime: '1000000.7' }, { mtime: '1000000.7' }])
  }
})

it('keeps inode numbers, for a mount after this one too', () => {
  const { merged, bed, node, out, core } = coreSession()
  const ino = (path: string): string => {
    core.getattr(node(path), -1, out)
    return `${out.inoHigh}:${out.inoLow}`
  }
  const paths = ['c', 'a/b/a', 'a', 'a/b']
  const before = paths.map(ino)
  for (const path of paths) merged.chmod(path, 0o700)
  expect(paths.map(ino)).toEqual(before)
  const again = bed.start()
  const found = paths.map((path) => {
    let at = 1
    for (const name of path.split('/')) {
      again.lookup(at, name as never, out)
      at = out.nodeid
    }
    return `${out.inoHigh}:${out.inoLow}`
  })
  again.close()
  expect(found).toEqual(before)
})

it('copies a large file in slices, with its holes, while others are served', () => {
  const { bed, core, node, merged, open, read } = coreSession()
  const fd = openSync(`${bed.lower}/large`, 'w')
  for (let at = 0; at < 64; at += 2) writeSync(fd, Buffer.alloc(1 << 20, at + 1), 0, 1 << 20, at << 20)
  closeSync(fd)
  const job = core.beginCopyUp(node('large'))
  let slices = 0
  while (job?.step(4 << 20) === 1) {
    slices += 1
    expect(merged.see('c')).toMatchObject({ content: 'c' })
    if (slices === 1) expect(merged.rename('large', 'd/larger', 0)).toBe(0)
  }
  // A file system that shares extents needs one.
  expect(slices).toBeOneOf([0, ...Array.from({ length: 30 }, (_, index) => index + 1)])
  const copied = execFileSync('cmp', [`${bed.lower}/large`, `${bed.upper}/d/larger`])
  expect(copied.length).toBe(0)
  expect(read(open('d/larger', 0)).length).toBe(1 << 20)
  expect(core.beginCopyUp(node('d/larger'))).toBeUndefined()
  expect(readdirSync(`${bed.work}/fuse`).filter((name) => name !== 'whiteout')).toEqual([])
})

it('leaves nothing behind of a copy that is given up', () => {
  const { bed, core, node, merged } = coreSession()
  const fd = openSync(`${bed.lower}/large`, 'w')
  writeSync(fd, Buffer.alloc(16 << 20, 7))
  closeSync(fd)
  const job = core.beginCopyUp(node('large'))
  job?.step(1 << 20)
  job?.cancel()
  expect([readdirSync(bed.upper), readdirSync(`${bed.work}/fuse`)]).toEqual([[], []])
  const removed = core.beginCopyUp(node('large'))
  removed?.step(1 << 20)
  expect(merged.unlink('large')).toBe(0)
  while (removed?.step(8 << 20) === 1);
  expect([removed?.step(1), merged.see('large')]).toEqual([expect.any(Number), -2])
  expect(readdirSync(`${bed.work}/fuse`)).toEqual(['whiteout'])
})

it('cuts a file without copying what is cut', () => {
  const { merged, bed, open } = coreSession()
  open('a/b/a', 0o1001)
  expect([statSync(`${bed.upper}/a/b/a`).size, merged.see('a/b/a')]).toMatchObject([0, { content: '' }])
  expect(merged.truncate('b/a', 0)).toBe(0)
  expect([merged.see('b/a'), marks(`${bed.upper}/b/a`)]).toMatchObject([
    { content: '', mode: '4755' },
    ['trusted.overlay.origin'],
  ])
})
