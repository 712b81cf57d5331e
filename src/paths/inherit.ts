import type { RelPath } from './byte-string.js'
import { parentOf, rootPath } from './rel-path.js'

/**
 * An answer about directories that each takes over from the one above, or makes anew: `answer` gets a directory and what was
 * said of the one above it, the root's being `root`. Each directory is asked about once, so that a tree of any depth costs no
 * more than its paths are long; to look at all that is above each path would be cubic.
 */
export function inherit<T>(root: T, answer: (dir: RelPath, above: T) => T): (dir: RelPath) => T {
  const known = new Map<RelPath, T>([[rootPath, root]])
  return (dir) => {
    const asked: RelPath[] = []
    let at = dir
    for (; !known.has(at); at = parentOf(at)) asked.push(at)
    let said = known.get(at) as T
    for (let next = asked.pop(); next !== undefined; next = asked.pop()) {
      said = answer(next, said)
      known.set(next, said)
    }
    return said
  }
}
