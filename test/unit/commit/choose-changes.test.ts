import { describe, expect, it } from 'vitest'
import type { Change } from '../../../src/changeset/change.js'
import { chooseChanges as choose } from '../../../src/commit/choose-changes.js'
import type { JudgedChange } from '../../../src/commit/judged-change.js'
import type { ConflictPolicy } from '../../../src/conflict/conflict.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { makeChange, makeStat, makeWanted } from '../../helpers/make-change.js'

const dir = makeWanted({ type: 'dir' })

function judged(changes: readonly Change[], conflicting: readonly string[] = []): JudgedChange[] {
  return changes.map((change) => ({
    change,
    subtree: undefined,
    conflicts: conflicting.includes(change.path)
      ? [{ path: change.path, at: change.path, reason: 'changed', expected: '', found: '' }]
      : [],
  }))
}

const redirects = ['new'] as RelPath[]
const chooseChanges = (changes: JudgedChange[], chosen: RelPath[], policy: ConflictPolicy): ReturnType<typeof choose> =>
  choose(changes, redirects, chosen, policy)

const names = (changes: readonly { path: string }[]): string[] => changes.map(({ path }) => path)
const applied = (chosen: ReturnType<typeof choose>): string[] => names(chosen.apply.map(({ change }) => change))
const paths = (...list: string[]): RelPath[] => list as RelPath[]

describe('chooseChanges', () => {
  it('takes everything when no path is named', () => {
    const chosen = chooseChanges(judged([makeChange('a'), makeChange('b')]), [], 'abort')
    expect(applied(chosen)).toEqual(['a', 'b'])
    expect(chosen.pending).toEqual([])
  })

  it('takes what lies at and below the named paths, no namesake', () => {
    const chosen = chooseChanges(
      judged([makeChange('a'), makeChange('a/x'), makeChange('ab'), makeChange('c')]),
      paths('a'),
      'abort',
    )
    expect(applied(chosen)).toEqual(['a', 'a/x'])
    expect(names(chosen.pending)).toEqual(['ab', 'c'])
  })

  it('takes along the new directories above a path', () => {
    const changes = [
      makeChange('n', { base: undefined, wanted: dir }),
      makeChange('n/m', { base: undefined, wanted: dir }),
      makeChange('n/m/f', { base: undefined }),
      makeChange('n/other', { base: undefined }),
    ]
    expect(applied(chooseChanges(judged(changes), paths('n/m/f'), 'abort'))).toEqual(['n', 'n/m', 'n/m/f'])
  })

  it('does not take along a directory of which only the times are new', () => {
    const changes = [
      makeChange('d', { base: makeStat({ type: 'dir' }), wanted: dir, kind: 'metadata' }),
      makeChange('d/f'),
    ]
    expect(applied(chooseChanges(judged(changes), paths('d/f'), 'abort'))).toEqual(['d/f'])
  })

  it('keeps a link group together', () => {
    const linked = (path: string): Change => makeChange(path, { wanted: makeWanted({ linkGroup: 'upper:1:2' }) })
    const changes = [linked('a'), makeChange('b'), linked('c'), linked('d')]
    expect(applied(chooseChanges(judged(changes), paths('c'), 'abort'))).toEqual(['a', 'c', 'd'])
    const skipped = chooseChanges(judged(changes, ['d']), [], 'skip')
    expect(applied(skipped)).toEqual(['b'])
    expect(names(skipped.pending)).toEqual(['a', 'c', 'd'])
  })

  const rename = [
    makeChange('new', { base: undefined, wanted: dir, kind: 'rename', from: 'old' as RelPath }),
    makeChange('new/f', { base: undefined, kind: 'rename', from: 'old/f' as RelPath, implied: true }),
    makeChange('old', { base: makeStat({ type: 'dir' }), wanted: undefined }),
    makeChange('z'),
  ]

  it.each([['new'], ['old'], ['new/f'], ['old/f']])('takes both ends of a rename for %s', (path) => {
    expect(applied(chooseChanges(judged(rename), paths(path), 'abort'))).toEqual(['new', 'new/f', 'old'])
  })

  it('skips both ends of a rename when one is in conflict', () => {
    expect(applied(chooseChanges(judged(rename, ['old']), [], 'skip'))).toEqual(['z'])
  })

  it('takes both ends of a file that was moved without a redirect, and lets one stand where the other is in conflict', () => {
    const [to, from, other] = [
      makeChange('a', { base: undefined }),
      makeChange('b', { wanted: undefined }),
      makeChange('c'),
    ]
    const moves = [{ from: from as Change, to: to as Change }]
    const all = [to, from, other] as Change[]
    const choosing = (list: JudgedChange[], chosen: RelPath[], policy: ConflictPolicy): string[] =>
      applied(choose(list, [], chosen, policy, moves))
    expect(choosing(judged(all), paths('a'), 'abort')).toEqual(['a', 'b'])
    expect(choosing(judged(all), paths('b'), 'abort')).toEqual(['a', 'b'])
    expect(choosing(judged(all, ['b']), [], 'skip')).toEqual(['a', 'c'])
    expect(choosing(judged(all, ['b']), [], 'theirs')).toEqual(['a', 'c'])
  })

  it('skips what lies below a new directory that is in conflict', () => {
    const changes = [
      makeChange('n', { base: undefined, wanted: dir }),
      makeChange('n/f', { base: undefined }),
      makeChange('o'),
    ]
    const chosen = chooseChanges(judged(changes, ['n']), [], 'skip')
    expect(applied(chosen)).toEqual(['o'])
    expect(names(chosen.pending)).toEqual(['n', 'n/f'])
  })

  it('applies conflicts under ours, gives them up under theirs, and reports them always', () => {
    const changes = judged([makeChange('a'), makeChange('b')], ['a'])
    expect(applied(chooseChanges(changes, [], 'ours'))).toEqual(['a', 'b'])
    const theirs = chooseChanges(changes, [], 'theirs')
    expect(applied(theirs)).toEqual(['b'])
    expect(names(theirs.givenUp)).toEqual(['a'])
    expect(theirs.pending).toEqual([])
    for (const policy of ['abort', 'ours', 'theirs', 'skip'] as const) {
      expect(chooseChanges(changes, [], policy).conflicting).toHaveLength(1)
    }
  })

  it('does not report conflicts of paths that were not asked for', () => {
    expect(chooseChanges(judged([makeChange('a'), makeChange('b')], ['a']), paths('b'), 'abort').conflicting).toEqual(
      [],
    )
  })

  it('refuses a path that names no change', () => {
    expect(() => chooseChanges(judged([makeChange('a')]), paths('b'), 'abort')).toThrow(
      expect.objectContaining({ code: 'NO_SUCH_CHANGE', path: 'b' }),
    )
  })
})
