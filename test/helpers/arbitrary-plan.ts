import fc from 'fast-check'
import type {
  Expected,
  Identity,
  JournalPlan,
  JournalStep,
  SettledChange,
} from '../../src/commit/journal/journal-plan.js'
import type { Attributes } from '../../src/commit/set-attributes.js'
import type { ByteString, RelPath } from '../../src/paths/byte-string.js'

const bytes = (min: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min, max: 255 }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes))
const name = bytes(1)
  .map((text) => text.replaceAll('/', 'x'))
  .filter((text) => text !== '' && text !== '.' && text !== '..') as fc.Arbitrary<ByteString>
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/') as RelPath)
const type = fc.constantFrom('file', 'dir', 'symlink', 'fifo', 'socket', 'char', 'block')
const mode = fc.integer({ min: 0, max: 0o7777 })
const id = fc.integer({ min: 0, max: 2 ** 32 - 2 })
const time = fc.bigInt(-(2n ** 100n), 2n ** 100n)
const ino = fc.bigInt(0n, 2n ** 64n - 1n)
const size = fc.maxSafeNat()

const identity: fc.Arbitrary<Identity> = fc.record({ type, mode, uid: id, gid: id, size, ino, mtimeNs: time })
const expected: fc.Arbitrary<Expected> = fc.record({
  stat: identity,
  subtree: fc.option(fc.constant('0123456789abcdef'), { nil: undefined }),
})
const xattrs = fc
  .array(
    fc.tuple(
      name,
      bytes(0).map((text) => Buffer.from(text, 'latin1')),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => new Map(pairs))
const attributes: fc.Arbitrary<Attributes> = fc.record({
  type,
  mode,
  uid: id,
  gid: id,
  atimeNs: time,
  mtimeNs: time,
  xattrs,
})
const arrival = {
  path,
  slot: path,
  staged: identity,
  finish: fc.option(attributes, { nil: undefined }),
  strip: fc.array(name, { maxLength: 2 }),
}
const step: fc.Arbitrary<JournalStep> = fc.oneof(
  fc.record({ does: fc.constant('place' as const), ...arrival }),
  fc.record({ does: fc.constant('exchange' as const), ...arrival, expected }),
  fc.record({ does: fc.constant('remove' as const), path, slot: path, expected }),
  fc.record({ does: fc.constant('move' as const), path, from: path, expected }),
  fc.record({
    does: fc.constant('attributes' as const),
    path,
    expected: identity,
    before: attributes,
    after: attributes,
    xattrs: fc.boolean(),
  }),
)
const settled: fc.Arbitrary<SettledChange> = fc.record({
  path,
  upper: fc.oneof(
    fc.constantFrom('whiteout' as const, 'none' as const, undefined),
    fc.record({ ino, ctimeNs: time, size }),
  ),
  placed: fc.oneof(fc.constantFrom('absent' as const, undefined), identity),
})
const times = { atimeNs: time, mtimeNs: time }

/** Any plan that can be written down, whatever bytes its names hold and however large its numbers are. */
export const arbitraryPlan: fc.Arbitrary<JournalPlan> = fc.record({
  id: fc.nat().map(String),
  kind: fc.constantFrom('commit', 'undo'),
  closes: fc.boolean(),
  steps: fc.array(step, { maxLength: 6 }),
  directories: fc.array(
    fc.record({
      path: fc.oneof(path, fc.constant('' as RelPath)),
      ino,
      mode,
      ...times,
      endTimes: fc.option(fc.record(times), { nil: undefined }),
      known: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  slotTimes: fc.array(fc.record({ slot: path, ...times }), { maxLength: 2 }),
  settled: fc.array(settled, { maxLength: 4 }),
  redirects: fc.array(fc.record({ path, before: name, after: name }), { maxLength: 2 }),
})
