import fc from 'fast-check'
import type { PathCalls } from './path-calls.js'

/** One call as plain data, so that a failing run shrinks. Paths are there or not, as it comes. */
export interface PathStep {
  readonly do: string
  readonly at: string
  readonly to: string
  readonly number: number
  readonly text: string
}

/** Names of what {@link fillBase} makes, and some more: few, so that steps meet. */
const names = ['a', 'b', 'c', 'd', '\xff\xfe', '.wh.a']
const name = fc.constantFrom(...names)
const path: fc.Arbitrary<string> = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const known: fc.Arbitrary<string> = fc.constantFrom(
  'a',
  'a/a',
  'a/b',
  'a/b/a',
  'a/b/c',
  'a/b/c/a',
  'b',
  'b/a',
  'c',
  'd',
)
const some: fc.Arbitrary<string> = fc.oneof({ weight: 3, arbitrary: known }, { weight: 2, arbitrary: path })

const kinds: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('rename') },
  { weight: 4, arbitrary: fc.constantFrom('unlink', 'rmdir', 'mkdir', 'create', 'remove-all') },
  { weight: 2, arbitrary: fc.constantFrom('write', 'link', 'exchange', 'noreplace', 'chmod', 'truncate') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('append', 'cut', 'symlink', 'mkfifo', 'chown', 'utimes', 'setxattr', 'removexattr'),
  },
)

export const pathSteps: fc.Arbitrary<PathStep[]> = fc.array(
  fc.record({
    do: kinds,
    at: some,
    to: some,
    number: fc.nat({ max: 7 }),
    text: fc.constantFrom('', 'one', 'more\n', 'x'.repeat(5000)),
  }),
  { minLength: 1, maxLength: 25, size: 'max' },
)

const modes = [0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1777, 0o700, 0o444]

/** What the step answers. */
export function takeStep(calls: PathCalls, step: PathStep): number {
  const { at, to, number, text } = step
  const mode = modes[number] as number
  switch (step.do) {
    case 'rename':
      return calls.rename(at, to, 0)
    case 'noreplace':
      return calls.rename(at, to, 1)
    case 'exchange':
      return calls.rename(at, to, 2)
    case 'unlink':
      return calls.unlink(at)
    case 'rmdir':
      return calls.rmdir(at)
    case 'remove-all':
      return removeAll(calls, at)
    case 'mkdir':
      return calls.mkdir(at, mode)
    case 'create':
      return calls.write(at, 0o301, mode, 0, text)
    case 'write':
      return calls.write(at, 0o101, mode, number * 100, text)
    case 'append':
      return calls.write(at, 0o2001, mode, 0, text)
    case 'cut':
      return calls.write(at, 0o1001, mode, 0, text)
    case 'link':
      return calls.link(at, to)
    case 'symlink':
      return calls.symlink(`/nowhere/${to}`, at)
    case 'mkfifo':
      return calls.mkfifo(at, mode)
    case 'chmod':
      return calls.chmod(at, mode)
    case 'chown':
      return calls.chown(at, number, number + 1)
    case 'utimes':
      return calls.utimes(at, number * 1000 - 2000)
    case 'truncate':
      return calls.truncate(at, number * 700)
    case 'setxattr':
      return calls.setxattr(at, number % 2 === 0 ? 'user.color' : 'trusted.size', text, number % 3)
    case 'removexattr':
      return calls.removexattr(at, number % 2 === 0 ? 'user.color' : 'trusted.size')
    default:
      throw new Error(`no step ${step.do}`)
  }
}

function removeAll(calls: PathCalls, at: string): number {
  const names = calls.list(at)
  if (typeof names === 'number') return calls.unlink(at)
  for (const name of names) removeAll(calls, `${at}/${name}`)
  return calls.rmdir(at)
}

/**
 * A tree of two levels and more, all of long ago. Hard links only where they are asked for: an overlay breaks those of its lower, as a plain
 * directory does not.
 */
export function fillBase(calls: PathCalls, withLinks = false): void {
  for (const dir of ['a', 'a/b', 'a/b/c', 'b', 'd']) calls.mkdir(dir, 0o755)
  calls.write('a/a', 0o301, 0o644, 0, 'one')
  calls.write('a/b/a', 0o301, 0o755, 0, 'two\n'.repeat(2000))
  calls.write('a/b/c/a', 0o301, 0o600, 0, '')
  calls.symlink('../nowhere', 'a/b/d')
  calls.write('b/a', 0o301, 0o4755, 0, 'setuid')
  calls.write('c', 0o301, 0o644, 0, 'c')
  calls.mkfifo('b/c', 0o600)
  if (withLinks) {
    calls.link('a/a', 'b/b')
    calls.link('a/b/a', 'd/a')
  }
  calls.setxattr('c', 'user.color', 'red', 0)
  calls.setxattr('a/b', 'user.color', 'blue', 0)
  for (const path of ['c', 'b/c', 'b/a', 'a/b/d', 'a/b/c/a', 'a/b/a', 'a/a', 'd', 'b', 'a/b/c', 'a/b', 'a']) {
    calls.utimes(path, 1_000_000)
  }
}
