import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { type BasePack, defaultPackLimits, openBasePack, type PackLimits } from '../../../src/fingerprint/base-pack.js'
import { type ContentHasher, createContentHasher } from '../../../src/fingerprint/content-hash.js'
import { createLedger, type Ledger } from '../../../src/fingerprint/ledger.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { failingOps } from '../../helpers/faulty-ops.js'
import { type Scratch, scratch } from '../../helpers/scratch.js'

let one: Scratch
let hasher: ContentHasher
const file = (): string => `${one.path}/base.pack`
const nothing = createLedger(false)

beforeEach(async () => {
  one = scratch()
  hasher = await createContentHasher(one.ops)
})

function open(limits?: PackLimits, writable = true): BasePack {
  return openBasePack(one.ops, hasher, one.root, writable, limits)
}

function keep(pack: BasePack, content: Uint8Array): void {
  pack.keep(hasher.hashContent(content), content.length, { bytes: content })
}

function read(pack: BasePack, content: Uint8Array): string | undefined {
  const found = pack.read(hasher.hashContent(content), content.length)
  return found === undefined ? undefined : Buffer.from(found).toString('latin1')
}

/** A ledger whose bases are just these. */
function ledgerOf(contents: readonly Uint8Array[]): Ledger {
  const entry = {
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    ino: 1n,
    mtimeNs: 0n,
    ctimeNs: 0n,
    target: undefined,
  } as const
  const facts = contents.map((content, index) => ({
    path: `f${index}` as RelPath,
    base: { ...entry, size: content.length, hash: hasher.hashContent(content) },
  }))
  return createLedger(false, facts)
}

const text = (length: number, seed: number): Buffer => Buffer.alloc(length, `line ${seed}\n`)

it('keeps text for the next one who opens it', () => {
  const contents = [text(0, 0), text(100, 1), text(300_000, 2), text(1 << 20, 3), Buffer.from('\xff\xfe\r\n', 'latin1')]
  const pack = open()
  for (const content of contents) keep(pack, content)
  pack.save(nothing)
  const again = open()
  for (const content of contents) expect(read(again, content)).toBe(content.toString('latin1'))
  keep(again, text(50, 4))
  again.save(nothing)
  expect(read(open(), text(100, 1))).toBe(text(100, 1).toString())
  expect(read(open(), text(50, 4))).toBe(text(50, 4).toString())
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

it('gives what is not written yet', () => {
  const pack = open()
  keep(pack, text(10, 1))
  expect(read(pack, text(10, 1))).toBe(text(10, 1).toString())
})

it('makes no file where there is nothing to keep, and writes equal content once', () => {
  const pack = open()
  pack.save(nothing)
  expect(existsSync(file())).toBe(false)
  for (let times = 0; times < 3; times += 1) keep(pack, text(1000, 1))
  pack.save(nothing)
  const { size } = statSync(file())
  expect(size).toBeLessThan(1200)
  const again = open()
  keep(again, text(1000, 1))
  again.save(nothing)
  expect(statSync(file()).size).toBe(size)
})

it('leaves out what is binary or too large, and remembers that', () => {
  const binary = Buffer.concat([text(7000, 1), Buffer.alloc(1), text(10, 2)])
  const late = Buffer.concat([text(9000, 1), Buffer.alloc(1)])
  const pack = open({ ...defaultPackLimits, file: 10_000, pack: 100_000 })
  expect([pack.takes(10_000), pack.takes(10_001)]).toEqual([true, false])
  for (const content of [binary, late]) keep(pack, content)
  pack.keep('s00000000000000aa', 9999, { bytes: undefined })
  pack.save(nothing)
  const again = open({ ...defaultPackLimits, file: 10_000, pack: 100_000 })
  expect(again.lacks(hasher.hashContent(binary), binary.length)).toBe(false)
  expect(again.lacks('s00000000000000aa', 9999)).toBe(false)
  expect(again.lacks('s00000000000000ab', 9999)).toBe(true)
  expect(again.lacks('s00000000000000ab', 10_001)).toBe(false)
  expect(read(again, binary)).toBeUndefined()
  expect(read(again, late)).toBe(late.toString('latin1'))
})

it('writes many contents in few pieces', () => {
  let writes = 0
  const counted = new Proxy(one.ops, {
    get: (target, key: keyof typeof one.ops) => {
      if (key === 'write' || key === 'createFile') writes += 1
      return target[key]
    },
  })
  const pack = openBasePack(counted, hasher, one.root, true)
  for (let index = 0; index < 5000; index += 1) keep(pack, text(1000, index))
  pack.save(nothing)
  expect(writes).toBeLessThan(10)
  for (const index of [0, 4100, 4999]) expect(read(open(), text(1000, index))).toBe(text(1000, index).toString())
})

it('takes damaged content for none', () => {
  const contents = [text(100, 1), text(100, 2)]
  const pack = open()
  for (const content of contents) keep(pack, content)
  pack.save(nothing)
  const bytes = readFileSync(file())
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
  writeFileSync(file(), bytes)
  expect(contents.map((content) => read(open(), content) !== undefined)).toEqual([true, false])
})

it('goes on after a tail that was torn, or garbage', () => {
  const pack = open()
  keep(pack, text(100, 1))
  pack.save(nothing)
  keep(pack, text(100, 2))
  pack.save(nothing)
  truncateSync(file(), statSync(file()).size - 10)
  appendFileSync(file(), randomBytes(5000))
  const again = open()
  expect([1, 2].map((seed) => read(again, text(100, seed)) !== undefined)).toEqual([true, false])
  keep(again, text(100, 2))
  again.save(nothing)
  expect([1, 2].map((seed) => read(open(), text(100, seed)) !== undefined)).toEqual([true, true])
})

it('writes a file anew that it does not understand', () => {
  writeFileSync(file(), 'openagentic-base 9\nsomething else entirely\n')
  const pack = open()
  keep(pack, text(10, 1))
  pack.save(nothing)
  expect(read(open(), text(10, 1))).toBe(text(10, 1).toString())
})

it('takes no more than its limit, and makes room of what is no base any more', () => {
  const limits = { ...defaultPackLimits, file: 1000, pack: 4000 }
  const contents = [1, 2, 3, 4, 5, 6].map((seed) => text(900, seed))
  const pack = open(limits)
  for (const content of contents) keep(pack, content)
  pack.save(ledgerOf(contents))
  expect(statSync(file()).size).toBeLessThan(4000)
  const kept = contents.filter((content) => read(open(limits), content) !== undefined)
  expect(kept).toHaveLength(4)
  expect(open(limits).lacks(hasher.hashContent(text(900, 9)), 900)).toBe(false)
  // All but two are outdated by now.
  const full = open(limits)
  keep(full, text(900, 9))
  full.save(ledgerOf([...contents.slice(0, 2), text(900, 9)]))
  expect(full.lacks(hasher.hashContent(text(900, 9)), 900)).toBe(true)
  keep(full, text(900, 9))
  full.save(nothing)
  const left = [...contents, text(900, 9)].map((content) => read(open(limits), content) !== undefined)
  expect(left).toEqual([true, true, false, false, false, false, true])
})

it('takes only so much of what one command reads anyway, and less of what it would read for this alone', () => {
  const limits = { ...defaultPackLimits, look: 2000, extra: 1000 }
  const pack = open(limits)
  const wishes = (): boolean[] => [pack.takes(900), pack.lacks('s00000000000000aa', 900)]
  expect(wishes()).toEqual([true, true])
  keep(pack, text(900, 1))
  expect(wishes()).toEqual([true, false])
  keep(pack, Buffer.alloc(900))
  expect(wishes()).toEqual([false, false])
  // A merge is what is asked for.
  keep(pack, text(900, 2))
  expect(read(pack, text(900, 2))).toBe(text(900, 2).toString())
})

it('writes nothing without the lock', () => {
  const pack = open(undefined, false)
  expect(pack.takes(1)).toBe(false)
  keep(pack, text(10, 1))
  pack.save(nothing)
  expect(existsSync(file())).toBe(false)
})

it.each(['ENOSPC', 'EDQUOT'])('keeps nothing on a disk that is full (%s), and goes on later', (code) => {
  const content = text(100, 1)
  for (const call of [1, 2, 3]) {
    rmSync(file(), { force: true })
    const { ops } = failingOps(one.ops, call, code)
    const pack = openBasePack(ops, hasher, one.root, true)
    keep(pack, content)
    pack.save(nothing)
    expect(read(open(), content), `call ${call}`).toBeUndefined()
    keep(pack, content)
    pack.save(nothing)
    expect(read(open(), content), `call ${call}`).toBe(content.toString())
  }
})

it('tells of any other error', () => {
  const pack = openBasePack(failingOps(one.ops, 1, 'EIO').ops, hasher, one.root, true)
  keep(pack, text(100, 1))
  expect(() => pack.save(nothing)).toThrow(expect.objectContaining({ code: 'EIO' }))
})
