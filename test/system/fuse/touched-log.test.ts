import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { learnTouched } from '../../../src/fingerprint/learn-touched.js'
import { openLedgerFile } from '../../../src/fingerprint/ledger-file.js'
import { openTouchedLog } from '../../../src/mount/fuse/server/touched-log.js'
import { openTouchedTexts, type TouchedTexts } from '../../../src/mount/fuse/server/touched-texts.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { createLayerOps, type LayerOps } from '../../../src/os/layer-ops.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createFileOps } from '../../../src/os/native-file-ops.js'
import type { AbsPath, ByteString, RelPath } from '../../../src/paths/byte-string.js'

const addon = loadAddon()
const files = createFileOps(addon)
const layers = createLayerOps(addon)
const hasher = await createContentHasher(files)

/** A session's record and a project in one directory; `run` notes files, the layers' calls made by `ops`. */
function bed() {
  const top = mkdtempSync(join(tmpdir(), 'oa-touched-'))
  const dir = files.openRoot(top as AbsPath)
  onTestFinished(() => {
    files.close(dir)
    rmSync(top, { recursive: true })
  })
  for (const name of ['one', 'two', 'three']) writeFileSync(join(top, name), name)
  const complaints: string[] = []
  const kept: string[] = []
  const run = (names: readonly string[], ops: LayerOps = layers, between = (_name: string): void => {}): void => {
    const log = openTouchedLog(files, ops, hasher, dir, (line) => complaints.push(line))
    for (const name of names as ByteString[]) {
      const stat = files.stat(dir, name)
      if (stat === undefined) throw new Error(`no ${name}`)
      between(name)
      const lookedAt = Number(stat.ctimeNs / 1_000_000n) + 1000
      log.note({ layer: 0, path: name as string as RelPath, dir, name, stat, lookedAt, part: 'all' })
    }
    log.close()
  }
  /** Names of what the ledger has. */
  const known = (ops: FileOps = files): string[] => {
    const ledger = openLedgerFile(ops, dir)
    learnTouched(ops, hasher, dir, ledger, {
      takes: () => true,
      keep: (_hash, _size, { bytes }) => kept.push(`${bytes}`),
    })
    ledger.close()
    return [...ledger.ledger.facts()].map(({ path }) => path)
  }
  return { top, dir, complaints, kept, run, known }
}

test('keeps text until it is read, as much as there is room for', () => {
  const { dir } = bed()
  let read = 0
  const open = (): TouchedTexts => openTouchedTexts(files, layers, dir, (line) => line === read, 100)
  const texts = open()
  const piece = Buffer.alloc(250_000, 'x')
  const places = Array.from({ length: 68 }, () => texts.add(piece, 200))
  expect([places[0], places[66], places[67]]).toEqual([0, 66 * piece.length, undefined])
  expect(texts.add(Buffer.from('a\0b'), 200)).toBeUndefined()
  read = 200
  expect([texts.add(piece, 200), texts.add(piece, 300)]).toEqual([0, piece.length])
  texts.close()
  const again = open()
  expect(again.add(piece, 300)).toBe(2 * piece.length)
  again.close()
  read = 100
  const third = open()
  expect(third.add(piece, 300)).toBe(0)
  third.close()
})

test('goes on when the disk is full, says so once, and has room for the next line again', () => {
  const { run, known, kept, complaints } = bed()
  let writes = 0
  const write: LayerOps['write'] = (fd, data, position) => {
    if (data.length < 30) return layers.write(fd, data, position)
    writes += 1
    if (writes > 2) return layers.write(fd, data, position)
    const short = layers.write(fd, data.subarray(0, 30), position)
    return writes === 1 ? -28 : short
  }
  run(['one', 'two', 'three'], { ...layers, write })
  expect(complaints).toEqual(['touched: errno 28'])
  expect([known(), kept]).toEqual([['three'], ['three']])
  // A server that was killed as it wrote.
  run(['one'], { ...layers, write: (fd, data, position) => layers.write(fd, data.subarray(0, 30), position) })
  run(['two'])
  expect(known()).toEqual(['three', 'two'])
})

test('leaves out what changed meanwhile', () => {
  const { run, known, top } = bed()
  run(['one', 'two'], layers, (name) => {
    if (name === 'one') writeFileSync(join(top, name), 'other')
  })
  expect(known()).toEqual(['two'])
})

test('is read once, and again where the ledger could not be written', () => {
  const { run, known } = bed()
  run(['one'])
  let reads = 0
  const full: FileOps = {
    ...files,
    write: () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    },
  }
  expect(known(full)).toEqual(['one'])
  const counting: FileOps = {
    ...files,
    read: (fd, into, position) => {
      const length = files.read(fd, into, position)
      if (Buffer.from(into.subarray(0, length)).toString('latin1').includes('"one","base"') && position > 0) reads += 1
      return length
    },
  }
  expect([known(counting), known(counting), reads]).toEqual([['one'], ['one'], 1])
})
