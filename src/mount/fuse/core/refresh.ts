import { watchBits } from '../../../os/dir-watch.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { Core } from './core.js'
import { drop, find } from './look-up.js'
import { dirType, type Node } from './node.js'
import { staleAll, staleBelow, staleInode, staleName } from './stale.js'

const ofName = watchBits.created | watchBits.removed | watchBits.movedFrom | watchBits.movedTo

/** Reads what the watches have to tell, and says what of it the kernel was told otherwise. */
export function refresh(core: Core): void {
  // A program that saves, or a build, does a lot to few files: each is looked at once.
  const names = new Map<Node, Map<ByteString, boolean>>()
  const dirs = new Set<Node>()
  let all = false
  core.options.watch?.read((watch, mask, name) => {
    if ((mask & watchBits.overflow) !== 0) all = true
    for (const { node } of core.watches.at(watch)) {
      if (node === undefined) continue
      const isName = (mask & ofName) !== 0 || isMerged(core, mask)
      if (name === '' || isName) dirs.add(node)
      if (name !== '') note(names, node, name, isName)
    }
    if ((mask & watchBits.ignored) !== 0) core.watches.lost(watch)
  })
  if (all) {
    staleAll(core)
    return
  }
  for (const [node, entries] of names) {
    for (const [name, isName] of entries) {
      if (isName) nameChanged(core, node, name)
      else contentChanged(core, node, name)
    }
  }
  for (const node of dirs) if (core.nodes.has(node.id)) staleInode(core, node)
}

function note(names: Map<Node, Map<ByteString, boolean>>, node: Node, name: ByteString, isName: boolean): void {
  const entries = names.get(node)
  if (entries === undefined) names.set(node, new Map([[name, isName]]))
  else entries.set(name, isName || entries.get(name) === true)
}

/** With several lowers, attributes of a directory say what is merged with it. */
function isMerged(core: Core, mask: number): boolean {
  return core.lowerRoots.length > 1 && (mask & (watchBits.directory | watchBits.attributes)) >>> 0 === mask >>> 0
}

function nameChanged(core: Core, parent: Node, name: ByteString): void {
  const child = parent.children?.get(name)
  if (child === undefined) {
    staleName(core, parent, name)
    return
  }
  if (isCovered(child)) return
  core.fds.begin()
  const now = find(core, parent, name)
  if (now !== child) {
    staleBelow(core, child)
    staleName(core, parent, name)
  }
  // The same: it had come already when it was looked up. What a directory is merged with now, `find` has seen to. Else it may be open still.
  if (core.nodes.has(child.id)) staleInode(core, child)
  if (typeof now !== 'number') drop(core, now)
}

function contentChanged(core: Core, parent: Node, name: ByteString): void {
  const child = parent.children?.get(name)
  if (child !== undefined && !isCovered(child)) staleInode(core, child)
}

/** The upper has it, whatever the lowers do. */
function isCovered(child: Node): boolean {
  return child.upper && child.type !== dirType && !child.metacopy
}
