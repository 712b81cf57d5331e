import fc from 'fast-check'
import type { Spot, TreeOperation } from './tree-operations.js'

const pick: fc.Arbitrary<number> = fc.nat({ max: 40 })
const spot: fc.Arbitrary<Spot> = fc.record({ dir: fc.nat({ max: 8 }), name: fc.nat({ max: 5 }) })
/** Short, of few lengths: equal sizes with other bytes must happen. One is longer than a small read. */
const content: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', 'one', 'two', 'longer\ntext\n') },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(70_000), `${'x'.repeat(69_999)}y`) },
)
const mode: fc.Arbitrary<number> = fc.constantFrom(0, 0o444, 0o644, 0o755, 0o700, 0o600, 0o777, 0o4755, 0o2755, 0o1777)
const mtimeNs: fc.Arbitrary<bigint> = fc.bigInt({ min: 1n, max: 1_700_000_000_000_000_000n })
const size: fc.Arbitrary<number> = fc.constantFrom(0, 1, 3, 12, 300_000)
const target: fc.Arbitrary<string> = fc.constantFrom('a', '../b', '/nowhere', 'd\n')

function step<T extends TreeOperation>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model) as fc.Arbitrary<T>
}

const is = fc.constantFrom

/** Any step; entries and directories that are there are met more often than not. */
const operation: fc.Arbitrary<TreeOperation> = fc.oneof(
  { weight: 4, arbitrary: step({ do: is('write' as const), at: spot, content }) },
  { weight: 4, arbitrary: step({ do: is('mkdir' as const), at: spot }) },
  { weight: 2, arbitrary: step({ do: is('overwrite' as const, 'append' as const), pick, content }) },
  { weight: 2, arbitrary: step({ do: is('replace' as const), pick, content }) },
  { weight: 1, arbitrary: step({ do: is('truncate' as const), pick, size }) },
  { weight: 2, arbitrary: step({ do: is('remove' as const), pick }) },
  { weight: 1, arbitrary: step({ do: is('touch-open' as const), pick }) },
  { weight: 1, arbitrary: step({ do: is('mkfifo' as const), at: spot }) },
  { weight: 1, arbitrary: step({ do: is('symlink' as const), at: spot, target }) },
  { weight: 2, arbitrary: step({ do: is('link' as const), pick, to: spot }) },
  { weight: 5, arbitrary: step({ do: is('move' as const), pick, to: spot }) },
  { weight: 3, arbitrary: step({ do: is('move-over' as const, 'swap' as const), pick, other: pick }) },
  { weight: 2, arbitrary: step({ do: is('recreate' as const), pick }) },
  { weight: 2, arbitrary: step({ do: is('chmod' as const), pick, mode }) },
  { weight: 1, arbitrary: step({ do: is('utimes' as const), pick, mtimeNs }) },
  {
    weight: 2,
    arbitrary: step({ do: is('setxattr' as const), pick, key: fc.nat({ max: 1 }), value: fc.constantFrom('', 'v') }),
  },
  { weight: 1, arbitrary: step({ do: is('removexattr' as const), pick, key: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: step({ do: is('acl' as const), pick, mask: fc.nat({ max: 7 }) }) },
)

export const operations: fc.Arbitrary<TreeOperation[]> = fc.array(operation, { maxLength: 25, size: 'max' })

/**
 * What every project begins with, so that even short runs meet nested directories and links across them:
 * `a/{a,b/{a,c/{a,b},d},c}`, `b/{a,c}`, `c`, where `a/a` = `c`, `a/b/a` = `a/b/d` and `a/b/c/a` = `b/a` are hard links.
 */
export const skeleton: readonly TreeOperation[] = [
  { do: 'mkdir', at: { dir: 0, name: 0 } },
  { do: 'mkdir', at: { dir: 1, name: 1 } },
  { do: 'mkdir', at: { dir: 2, name: 2 } },
  { do: 'mkdir', at: { dir: 0, name: 1 } },
  { do: 'write', at: { dir: 1, name: 0 }, content: 'one' },
  { do: 'link', pick: 1, to: { dir: 0, name: 2 } },
  { do: 'write', at: { dir: 2, name: 0 }, content: 'two' },
  { do: 'link', pick: 3, to: { dir: 2, name: 3 } },
  { do: 'write', at: { dir: 3, name: 0 }, content: 'longer\ntext\n' },
  { do: 'symlink', at: { dir: 3, name: 1 }, target: '../a' },
  { do: 'write', at: { dir: 1, name: 2 }, content: '' },
  { do: 'link', pick: 5, to: { dir: 4, name: 0 } },
  { do: 'write', at: { dir: 4, name: 2 }, content: 'two' },
]
