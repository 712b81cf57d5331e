import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../../src/conflict/evidence.js'
import { createAncestorCheck } from '../../../src/conflict/stable-ancestors.js'
import type { DirectoryIndex } from '../../../src/fingerprint/directory-index.js'
import { createLedger } from '../../../src/fingerprint/ledger.js'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import type { RelPath } from '../../../src/paths/byte-string.js'

const epochNs = 1000n

/** A directory by inode and ctime. */
type Directory = readonly [ino: bigint, ctimeNs: bigint]

interface Bed {
  readonly evidence: Evidence
  /** How often the index was asked for. */
  readonly asked: () => number
}

/** `now`: the project's directories, the root as ''. The upper has no marks. */
function bed(now: Record<string, Directory>, noted: Record<string, Directory> | undefined): Bed {
  let asked = 0
  const stat = (path: RelPath): EntryStat | undefined => {
    const found = now[path]
    return found && ({ type: 'dir', ino: found[0], ctimeNs: found[1] } as EntryStat)
  }
  const index: DirectoryIndex | undefined =
    noted && new Map(Object.entries(noted).map(([path, [ino, ctimeNs]]) => [path as RelPath, { ino, ctimeNs }]))
  const evidence = {
    base: { stat },
    upper: { at: () => new Map() },
    ledger: createLedger(false),
    family: 'user',
    directories: () => {
      asked += 1
      return index
    },
  } as unknown as Evidence
  return { evidence, asked: () => asked }
}

/** Both the directory and the one that holds it changed after the epoch, so their ctimes prove nothing. */
const news = { '': [1n, 2000n], d: [5n, 2000n] } as const

describe('the directories above a path', () => {
  it.each([
    { name: 'noted before the epoch', noted: { d: [5n, 999n] }, stable: true },
    { name: 'noted with the tick of the epoch', noted: { d: [5n, 1000n] }, stable: false },
    { name: 'noted after it had come', noted: { d: [5n, 1001n] }, stable: false },
    { name: 'another one than was noted', noted: { d: [6n, 999n] }, stable: false },
    { name: 'noted under another name', noted: { e: [5n, 999n] }, stable: false },
    { name: 'not noted', noted: {}, stable: false },
    { name: 'without an index', noted: undefined, stable: false },
  ] as const)('$name: $stable', ({ noted, stable }) => {
    const { evidence } = bed(news, noted)
    expect(createAncestorCheck(evidence, epochNs, new Map())('d/f' as RelPath)).toBe(stable)
  })

  it('must each be the same', () => {
    const now = { ...news, 'd/e': [7n, 2000n] } as const
    const check = (noted: Record<string, Directory>): boolean =>
      createAncestorCheck(bed(now, noted).evidence, epochNs, new Map())('d/e/f' as RelPath)
    expect(check({ d: [5n, 1n], 'd/e': [7n, 1n] })).toBe(true)
    expect(check({ d: [6n, 1n], 'd/e': [7n, 1n] })).toBe(false)
    expect(check({ d: [5n, 1n], 'd/e': [8n, 1n] })).toBe(false)
  })

  it('are looked up only where their ctimes prove nothing', () => {
    const old = bed({ '': [1n, 2000n], d: [5n, 999n] }, {})
    expect(createAncestorCheck(old.evidence, epochNs, new Map())('d/f' as RelPath)).toBe(true)
    const inOld = bed({ '': [1n, 999n], d: [5n, 2000n] }, {})
    expect(createAncestorCheck(inOld.evidence, epochNs, new Map())('d/f' as RelPath)).toBe(true)
    expect([old.asked(), inOld.asked()]).toEqual([0, 0])
  })
})
