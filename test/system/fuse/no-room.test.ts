import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { need } from '../../helpers/capability.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { allBackends, type OverlayBackend, type TestOverlay } from '../../helpers/test-overlays.js'

const tops: string[] = []
afterAll(() => {
  for (const top of tops) execFileSync('rm', ['-rf', '--one-file-system', top])
})

/** Bytes. */
const room = 1 << 20

/** Merged, over layers that have {@link room} and no more. */
async function narrow(backend: OverlayBackend): Promise<string> {
  const top = makeTop(backend, 'room')
  tops.push(top)
  const layers = `${top}/layers`
  mkdirSync(layers)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${room}`, 'test', layers])
  let overlay: TestOverlay | undefined
  onTestFinished(async () => {
    await overlay?.unmount()
    execFileSync('umount', ['-l', layers])
  })
  const dirs = { lower: `${top}/lower`, upper: `${layers}/upper`, work: `${layers}/work`, merged: `${top}/merged` }
  for (const dir of Object.values(dirs)) mkdirSync(dir)
  writeFileSync(`${dirs.lower}/old`, 'old\n')
  overlay = await backend.mount(dirs)
  return overlay.merged
}

describe.each(allBackends.filter(({ user }) => user === 0))('$name without room', (backend) => {
  beforeEach((context) => need(context, backend.missing()))

  test.each([
    ['new', 'w', ''],
    ['old', 'a', 'old\n'],
  ])('a write to a file that is %s gets as far as there is room', async (name, flags, before) => {
    const file = `${await narrow(backend)}/${name}`
    const fd = openSync(file, flags)
    const piece = Buffer.alloc(600_000, 'x')
    expect(writeSync(fd, piece)).toBe(piece.length)
    const count = writeSync(fd, piece)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(piece.length)
    expect(() => writeSync(fd, piece)).toThrow('ENOSPC')
    closeSync(fd)
    expect(readFileSync(file).equals(Buffer.from(before + 'x'.repeat(piece.length + count)))).toBe(true)
  })
})
