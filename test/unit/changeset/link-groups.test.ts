import { expect, it } from 'vitest'
import type { Aspect, Change } from '../../../src/changeset/change.js'
import { type LinkMember, settleLinks } from '../../../src/changeset/link-groups.js'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import { makeChange, makeStat } from '../../helpers/make-change.js'

function member(
  group: string,
  nlink: number,
  base: EntryStat | undefined,
  aspects: readonly Aspect[] = [],
): LinkMember {
  const make = (more: readonly Aspect[]): Change => makeChange('f', { kind: 'metadata', base, aspects: new Set(more) })
  const changed = base === undefined ? makeChange('f', { base }) : aspects.length > 0 ? make(aspects) : undefined
  return { slot: { change: changed }, group, nlink, base, relinked: () => make(['links']) }
}

function settled(...members: LinkMember[]): (string | undefined)[] {
  settleLinks(members)
  return members.map(({ slot: { change } }) => {
    if (change === undefined) return undefined
    return [change.kind, ...change.aspects].join(' ') + (change.wanted?.linkGroup === undefined ? '' : ' linked')
  })
}

const one = makeStat({ ino: 1n, nlink: 2 })
const two = makeStat({ ino: 2n, nlink: 2 })

it('leaves a pair alone that is a pair in the project', () => {
  expect(settled(member('upper:1:9', 2, one), member('upper:1:9', 2, one))).toEqual([undefined, undefined])
})

it('names the group of a pair that changed as a whole', () => {
  expect(settled(member('upper:1:9', 2, one, ['content']), member('upper:1:9', 2, one, ['content']))).toEqual([
    'metadata content linked',
    'metadata content linked',
  ])
})

it('replaces the names of a pair that was no pair', () => {
  expect(settled(member('upper:1:9', 2, one), member('upper:1:9', 2, two, ['mode']))).toEqual([
    'modify links linked',
    'modify mode links linked',
  ])
  const alone = makeStat({ ino: 3n, nlink: 1 })
  expect(settled(member('upper:1:9', 2, alone), member('upper:1:9', 2, undefined))).toEqual([
    'modify links linked',
    'create content linked',
  ])
})

it('replaces a name that left its pair, or a pair that left a third', () => {
  expect(settled(member('upper:1:9', 1, one))).toEqual(['modify links'])
  const three = makeStat({ ino: 3n, nlink: 3 })
  expect(settled(member('upper:1:9', 2, three), member('upper:1:9', 2, three))).toEqual([
    'modify links linked',
    'modify links linked',
  ])
})

it('does not link what has one name left in the session', () => {
  expect(settled(member('upper:1:9', 2, undefined))).toEqual(['create content'])
})

it('keeps the inode of an entry that moved with its directory', () => {
  expect(settled(member('base:1:1', 2, undefined))).toEqual(['create content linked'])
  expect(settled(member('base:1:1', 2, one))).toEqual([undefined])
  expect(settled(member('base:1:1', 2, two))).toEqual(['modify links linked'])
})
