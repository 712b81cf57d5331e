import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openBasePack } from '../../../src/fingerprint/base-pack.js'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { createLedger } from '../../../src/fingerprint/ledger.js'
import { need, noRoot } from '../../helpers/capability.js'
import { mountFileSystem, noFileSystem, type TestFileSystem } from '../../helpers/loop-device.js'
import { bytes, scratch } from '../../helpers/scratch.js'

const nothing = createLedger(false)
const sizes = [0, 100, 65_536, 65_537, 200_000, 400_001, 1 << 20, 70_000, 5, 131_072]
const text = (size: number): Buffer => Buffer.alloc(size, `line of ${size}\n`)

describe.each<TestFileSystem>(['ext4', 'xfs', 'btrfs', 'tmpfs'])('on %s', (type) => {
  it('keeps large files and small ones beside each other', async (context) => {
    need(context, noRoot() ?? noFileSystem(type))
    const { ops } = scratch()
    const root = mountFileSystem(type)
    mkdirSync(`${root}/record`)
    const [project, record] = [ops.openRoot(root as never), ops.openRoot(`${root}/record` as never)]
    const hasher = await createContentHasher(ops)
    const open = (): ReturnType<typeof openBasePack> => openBasePack(ops, hasher, record, true)
    const pack = open()
    for (const size of sizes) {
      writeFileSync(`${root}/${size}`, text(size))
      const from = { bytes: text(size), open: () => ops.openFile(project, bytes(`${size}`)) }
      pack.keep(hasher.hashContent(text(size)), size, from)
    }
    pack.save(nothing)
    const again = open()
    for (const size of sizes) {
      const found = again.read(hasher.hashContent(text(size)), size)
      expect(found !== undefined && Buffer.from(found).equals(text(size)), `${size}`).toBe(true)
    }
    if (type === 'xfs' || type === 'btrfs') expect(sharedBytes(`${root}/record/base.pack`)).toBeGreaterThan(1 << 20)
    for (const fd of [project, record]) ops.close(fd)
  })
})

it('takes what changed while its blocks were shared for damaged, and writes it where they cannot be', async (context) => {
  need(context, noRoot() ?? noFileSystem('xfs'))
  const one = scratch()
  const root = mountFileSystem('xfs')
  const [project, record] = [one.ops.openRoot(root as never), one.ops.openRoot(root as never)]
  const hasher = await createContentHasher(one.ops)
  const size = 200_000
  const hash = hasher.hashContent(text(size))
  writeFileSync(`${root}/other`, text(size).reverse())
  writeFileSync(`${root}/short`, text(1000))
  const pack = openBasePack(one.ops, hasher, record, true)
  pack.keep(hash, size, { bytes: text(size), open: () => one.ops.openFile(project, bytes('other')) })
  expect(pack.read(hash, size)).toBeUndefined()
  pack.keep(hash, size, { bytes: text(size), open: () => one.ops.openFile(project, bytes('short')) })
  pack.save(nothing)
  expect(readFileSync(`${root}/base.pack`).includes(text(size))).toBe(true)
  expect(pack.read(hash, size)).toBeDefined()
  expect(statSync(`${root}/base.pack`).size).toBeLessThan(2 * size + 20_000)
  for (const fd of [project, record]) one.ops.close(fd)
})

/** Of the extents that filefrag(8) finds shared. */
function sharedBytes(file: string): number {
  const lines = execFileSync('filefrag', ['-v', '-b1', file], { encoding: 'utf8' }).split('\n')
  const shared = lines.filter((line) => line.includes('shared'))
  return shared.reduce((sum, line) => sum + Number(line.split(':')[3]?.trim() ?? 0), 0)
}
