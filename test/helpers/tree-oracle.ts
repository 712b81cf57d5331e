import type { RelPath } from '../../src/paths/byte-string.js'
import { quoteName } from '../../src/paths/quote-name.js'
import type { TreeEntry, TreeSnapshot } from './tree.js'

/** What a tree has at one path: the old entry, the new one, where both are the same either, or something else. */
export type Side = 'old' | 'new' | 'either' | 'neither'

export interface OldAndNew {
  readonly old: TreeSnapshot
  readonly new: TreeSnapshot
}

export interface TreeVerdict {
  /** `mixed`: neither the one nor the other as a whole. */
  readonly is: 'old' | 'new' | 'mixed'
  readonly paths: ReadonlyMap<RelPath, Side>
}

/** Whether `tree` is, as a whole and at each path, the one or the other. A tree that is both counts as old. */
export function oldOrNew(tree: TreeSnapshot, states: OldAndNew): TreeVerdict {
  const paths = new Map<RelPath, Side>()
  for (const path of new Set([...states.old.keys(), ...states.new.keys(), ...tree.keys()])) {
    const now = tree.get(path)
    const [isOld, isNew] = [isSame(now, states.old.get(path)), isSame(now, states.new.get(path))]
    paths.set(path, isOld && isNew ? 'either' : isOld ? 'old' : isNew ? 'new' : 'neither')
  }
  const sides = new Set(paths.values())
  if (sides.has('neither') || (sides.has('old') && sides.has('new'))) return { is: 'mixed', paths }
  return { is: sides.has('new') ? 'new' : 'old', paths }
}

/** The verdict of {@link oldOrNew}, which must not be `mixed`. */
export function mustBeOldOrNew(tree: TreeSnapshot, states: OldAndNew): 'old' | 'new' {
  const { is, paths } = oldOrNew(tree, states)
  if (is !== 'mixed') return is
  const lines = [...paths].flatMap(([path, side]) => {
    if (side !== 'neither') return side === 'either' ? [] : [`  ${quoteName(path)}: ${side}`]
    const differences = [
      ...describeDifference(states.old.get(path), tree.get(path), 'old'),
      ...describeDifference(states.new.get(path), tree.get(path), 'new'),
    ]
    return [`  ${quoteName(path)}: neither`, ...differences.map((line) => `    ${line}`)]
  })
  throw new Error(`expected the old tree or the new one, found\n${lines.join('\n')}`)
}

/** What differs between two trees, a line each: `a: mode is 644, expected 600`. */
export function treeDifferences(tree: TreeSnapshot, expected: TreeSnapshot): string[] {
  return [...new Set([...expected.keys(), ...tree.keys()])].flatMap((path) =>
    describeDifference(expected.get(path), tree.get(path), 'expected').map((line) => `${quoteName(path)}: ${line}`),
  )
}

const aspects: readonly (keyof TreeEntry)[] = ['type', 'mode', 'owner', 'size', 'mtimeNs', 'content', 'linkedTo']

function isSame(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return aspects.every((aspect) => one[aspect] === other[aspect]) && xattrsOf(one) === xattrsOf(other)
}

function describeDifference(expected: TreeEntry | undefined, found: TreeEntry | undefined, name: string): string[] {
  if (expected === undefined) return found === undefined ? [] : [`is there, ${name} not`]
  if (found === undefined) return [`is missing, ${name} ${expected.type}`]
  const lines = aspects
    .filter((aspect) => found[aspect] !== expected[aspect])
    .map((aspect) => `${aspect} is ${found[aspect]}, ${name} ${expected[aspect]}`)
  const [now, then] = [xattrsOf(found), xattrsOf(expected)]
  return now === then ? lines : [...lines, `xattrs are ${now}, ${name} ${then}`]
}

function xattrsOf({ xattrs }: TreeEntry): string {
  return JSON.stringify(Object.entries(xattrs).sort())
}
