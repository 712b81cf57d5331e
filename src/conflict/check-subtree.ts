import { takeFingerprint } from '../fingerprint/fingerprint.js'
import type { ScannedEntry } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { joinRel } from '../paths/rel-path.js'
import type { Conflict } from './conflict.js'
import { describeEntry } from './describe.js'
import type { Evidence } from './evidence.js'
import { isKnownDirectory } from './known-directory.js'
import { readAttributes } from './project-attributes.js'
import { createMountCheck, mountConflict } from './project-mounts.js'
import { proveUnchanged } from './prove-unchanged.js'
import type { AncestorCheck } from './stable-ancestors.js'
import { SubtreeDigest, scanSubtree } from './subtree-digest.js'

/** Conflicts that are named below one directory; more than these help nobody. */
const mostNamed = 20

/** Below a removed directory this many entries and bytes of files are hashed into the ledger, so that a touch there is harmless; the rest go by ctime. */
const mostHashed = { entries: 2000, bytes: 64 << 20 }

/** What the check of a removed directory found. */
export interface SubtreeCheck {
  readonly conflicts: readonly Conflict[]
  /** Digest of what was judged; `undefined` when the check gave up early. */
  readonly digest: string | undefined
}

/**
 * Checks every entry that the project holds below `top`, a directory that the session removed or replaced. An entry
 * that the session cannot have seen is a conflict.
 */
export function checkSubtree(evidence: Evidence, ancestors: AncestorCheck | undefined, top: RelPath): SubtreeCheck {
  const { ops, hasher, base, signal } = evidence
  const conflicts: Conflict[] = []
  const budget = { ...mostHashed }
  const digest = new SubtreeDigest(hasher)
  const isMount = createMountCheck(evidence)
  for (const [dir, entries] of scanSubtree(ops, base, top, ({ stat }) => !isMount(stat))) {
    signal?.throwIfAborted()
    digest.add(entries)
    for (const entry of entries) {
      const path = joinRel(dir, entry.name)
      const conflict = isMount(entry.stat)
        ? mountConflict(top, path)
        : checkEntry(evidence, ancestors, top, path, entry, budget)
      if (conflict !== undefined) conflicts.push(conflict)
    }
    if (conflicts.length >= mostNamed) return { conflicts: conflicts.slice(0, mostNamed), digest: undefined }
  }
  return { conflicts, digest: digest.value }
}

function checkEntry(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  top: RelPath,
  path: RelPath,
  entry: ScannedEntry,
  budget: { entries: number; bytes: number },
): Conflict | undefined {
  const { stat } = entry
  const proof = proveUnchanged(evidence, ancestors, path, stat, undefined)
  if (proof !== undefined) {
    if (proof === 'ctime') remember(evidence, path, entry, budget)
    return undefined
  }
  if (stat.type === 'dir' && isKnownDirectory(evidence, ancestors, path, stat)) return undefined
  return {
    path: top,
    at: path,
    reason: 'unknown-entry',
    expected: describeEntry(evidence.ledger.base(path)),
    found: describeEntry(stat),
  }
}

function remember(
  evidence: Evidence,
  path: RelPath,
  entry: ScannedEntry,
  budget: { entries: number; bytes: number },
): void {
  const { ops, hasher, ledger, base, signal } = evidence
  if (ledger.base(path) !== undefined) return
  if (budget.entries === 0 || (entry.stat.type === 'file' && entry.stat.size > budget.bytes)) return
  budget.entries -= 1
  const { stat } = entry
  if (stat.type === 'file') budget.bytes -= stat.size
  const attributes = readAttributes(evidence, path)
  const taken = base.at(path, (dir, name) => takeFingerprint(ops, hasher, { dir, name, stat, attributes }, signal))
  if (taken !== undefined) ledger.learn({ path, base: taken })
}
