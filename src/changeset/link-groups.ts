import type { EntryStat } from '../os/entry-stat.js'
import type { Change } from './change.js'
import { kindOf } from './kind-of.js'

/** An entry of merged that may share its inode with others, or covers a project entry that does. */
export interface LinkMember {
  /** Where its change stands, once there is one: a `Slot` of the scan. */
  readonly slot: { change: Change | undefined }
  /** The inode in its layer: `upper:<dev>:<ino>`, or `base:<dev>:<ino>` for a project entry that was moved with its directory. */
  readonly group: string
  /** Names of that inode in its layer. */
  readonly nlink: number
  readonly base: EntryStat | undefined
  /** The change it makes when nothing but its links differs. */
  readonly relinked: () => Change | undefined
}

export function groupOf(layer: 'upper' | 'base', stat: EntryStat): string {
  return `${layer}:${stat.dev}:${stat.ino}`
}

/** Whether the group is an inode of the project that has names outside of the change set as well. */
export function isBaseGroup(group: string | undefined): boolean {
  return group?.startsWith('base:') === true
}

/**
 * Names the link groups, and adds what differs in links alone. Overlayfs (index=off) breaks a project's hard links
 * when it copies one of them up, so an entry is linked in merged to exactly those that share its upper inode. When these
 * are not the names that share the project's inode, the entry must be replaced: editing in place would reach the others.
 */
export function settleLinks(members: readonly LinkMember[]): void {
  const groups = new Map<string, LinkMember[]>()
  for (const member of members) {
    const group = groups.get(member.group)
    if (group === undefined) groups.set(member.group, [member])
    else group.push(member)
  }
  for (const [name, group] of groups) settleGroup(name, group)
}

function settleGroup(name: string, group: readonly LinkMember[]): void {
  const joined = group.length > 1 || (name.startsWith('base:') && group.some(({ nlink }) => nlink > 1))
  const intact = sameNames(name, group)
  for (const member of group) {
    if (!intact) markReplaced(member)
    const { change } = member.slot
    if (joined && change?.wanted !== undefined) {
      member.slot.change = { ...change, wanted: { ...change.wanted, linkGroup: name } }
    }
  }
}

/** Whether the names of the group are, in the project, all names of one inode too. */
function sameNames(name: string, group: readonly LinkMember[]): boolean {
  const [first] = group
  if (first?.base === undefined) return group.every(({ base }) => base === undefined)
  const inode = groupOf('base', first.base)
  if (inode === name) return group.every(({ base }) => base !== undefined && groupOf('base', base) === name)
  if (first.base.nlink !== group.length) return false
  return group.every(({ base }) => base !== undefined && groupOf('base', base) === inode)
}

function markReplaced(member: LinkMember): void {
  const { slot, base } = member
  if (base === undefined || slot.change?.kind === 'type') return
  const aspects = new Set(slot.change?.aspects).add('links')
  const change = slot.change ?? member.relinked()
  const kind = kindOf(aspects)
  if (change !== undefined && kind !== undefined) slot.change = { ...change, kind, aspects }
}
