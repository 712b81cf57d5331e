import { createPace } from '../os/pace.js'
import type { RelPath } from '../paths/byte-string.js'
import { compareTreeOrder } from '../paths/rel-path.js'
import type { Change, ChangeSet } from './change.js'
import { createContentQuestions } from './content-questions.js'
import { DirPool } from './dir-pool.js'
import type { LayerEntry } from './layer-entry.js'
import { createLevelReader } from './level-reader.js'
import { settleLinks } from './link-groups.js'
import { sessionsDirectory } from './masks.js'
import { rootLevel } from './root-level.js'
import type { ChangeSetInput, Level, Scan, Segment } from './scan.js'
import { scanLevel } from './scan-level.js'
import { settleRenames } from './settle-renames.js'

export type { ChangeSetInput } from './scan.js'

/** A change set with what the scan saw on its way. */
export interface ScannedChangeSet extends ChangeSet {
  /** The project's directories in which the session has something, but for the root. */
  readonly directories: ReadonlyMap<RelPath, LayerEntry>
}

/**
 * Decodes a session's upper directory into its changes against the project as it is now. The rule for every decision is
 * that the changes, carried out, give what an overlay mount of the two directories shows.
 *
 * Works on one directory at a time, with a bounded number of descriptors at any depth, while other threads read the next ones and
 * compare content; gives way to other work every few milliseconds. What changes meanwhile may be seen in either state.
 * @throws OverlayError `UPPER_FORGED` for marks that no backend writes, `ABORTED` on the signal; SystemError
 */
export async function readChangeSet(input: ChangeSetInput): Promise<ScannedChangeSet> {
  const pool = new DirPool(input.ops)
  const pace = createPace(input.signal)
  const lowerRoot = pool.root(input.lower)
  const scan: Scan = {
    input,
    pool,
    pace,
    lowerRoot,
    hidden: [...input.masks, sessionsDirectory as RelPath],
    ignored: [],
    redirects: [],
    unchanged: [],
    members: [],
    questions: createContentQuestions({ ...input, pace }),
    directories: new Map(),
    entries: 0,
  }
  try {
    const segment = await walk(scan, rootLevel(scan))
    settleLinks(scan.members)
    const changes = settleRenames(flatten(segment))
    input.onProgress?.(scan.entries)
    const { unchanged, directories } = scan
    const ignored = scan.ignored.sort((one, other) => compareTreeOrder(one.path, other.path))
    const redirects = scan.redirects.sort(compareTreeOrder)
    return { changes, ignored, redirects, unchanged, directories }
  } finally {
    pool.closeAll()
  }
}

async function walk(scan: Scan, root: Level): Promise<Segment> {
  const levels = createLevelReader(scan)
  levels.add([root])
  for (let next = await levels.next(); next !== undefined; next = await levels.next()) {
    levels.add(await scanLevel(scan, next))
    await scan.questions.keepUp()
  }
  await scan.questions.finish()
  return root.segment
}

/** The changes of a segment in tree order, without recursion: an upper may be thousands of levels deep. */
function flatten(root: Segment): Change[] {
  const changes: Change[] = []
  const waiting: { readonly segment: Segment; next: number }[] = [{ segment: root, next: 0 }]
  for (let top = waiting.at(-1); top !== undefined; top = waiting.at(-1)) {
    const item = top.segment.items[top.next]
    top.next += 1
    if (item === undefined) waiting.pop()
    else if ('items' in item) waiting.push({ segment: item, next: 0 })
    else if (item.change !== undefined) changes.push(item.change)
  }
  return changes
}
