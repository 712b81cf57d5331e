import fc from 'fast-check'
import { expect, it } from 'vitest'
import { resolveRedirect } from '../../../src/overlay-format/redirect.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { isWithin, relPath } from '../../../src/paths/rel-path.js'

const hidden = ['.openagentic', 'a/secret'].map(relPath)

function resolve(mark: string, parentLower: string | undefined = ''): RelPath | undefined {
  const parent = parentLower as RelPath | undefined
  return resolveRedirect(mark as ByteString, { at: relPath('at'), parentLower: parent, hidden })
}

it.each([
  ['/a', 'x', 'a'],
  ['/a/b/c', undefined, 'a/b/c'],
  ['b', '', 'b'],
  ['b', 'x/y', 'x/y/b'],
  ['..b', 'x', 'x/..b'],
  ['/\xff\n', '', '\xff\n'],
  ['.openagentic', 'x', 'x/.openagentic'],
  ['/a/secrets', '', 'a/secrets'],
])('resolves %j in %j to %j', (mark, parent, target) => {
  expect(resolve(mark, parent)).toBe(target)
})

it('leads nowhere when relative and the parent has no directory of the project', () => {
  expect(resolveRedirect('b' as ByteString, { at: relPath('at'), parentLower: undefined, hidden })).toBeUndefined()
})

it.each([
  '',
  '/',
  '//',
  '/a/',
  '//a',
  '/a//b',
  '.',
  '..',
  '/.',
  '/..',
  '/a/../b',
  '/a/..',
  'a/b',
  'a/',
  'a\0',
  `/${'n'.repeat(256)}`,
])('refuses %j, which overlayfs never writes', (mark) => {
  expect(() => resolve(mark)).toThrow(expect.objectContaining({ code: 'UPPER_FORGED', path: 'at' }))
})

it.each([
  ['/.openagentic', ''],
  ['.openagentic', ''],
  ['/.openagentic/sessions/x/upper', ''],
  ['/a/secret', ''],
  ['secret', 'a'],
  ['b', 'a/secret'],
])('refuses %j in %j, which leads into a hidden path', (mark, parent) => {
  expect(() => resolve(mark, parent)).toThrow(expect.objectContaining({ code: 'UPPER_FORGED' }))
})

it('gives a path below the project and outside what is hidden, or refuses', () => {
  const piece = fc.constantFrom('/', '.', '..', 'a', 'b', 'secret', '.openagentic', '\0', '\xff')
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom('', 'a', 'x/y'), (pieces, parent) => {
      try {
        const target = resolve(pieces.join(''), parent)
        expect(target).toBe(relPath(target ?? '?'))
        expect(hidden.some((top) => isWithin(target as RelPath, top))).toBe(false)
      } catch (error) {
        expect(error).toMatchObject({ code: 'UPPER_FORGED' })
      }
    }),
  )
})
