import type { Fd, FileOps, Xattrs } from '../os/file-ops.js'
import { createPace } from '../os/pace.js'
import { walk } from '../os/walk.js'
import type { RelPath } from '../paths/byte-string.js'
import { digestAttributes } from './attributes-digest.js'
import { createContentHasher } from './content-hash.js'
import { takeFingerprint } from './fingerprint.js'
import { createLedger } from './ledger.js'
import { writeCompleteLedger } from './ledger-file.js'

export interface FingerprintOptions {
  /** Paths that are no part of the session: not read, with all below. */
  readonly exclude: ReadonlySet<RelPath>
  /** Which of an entry's extended attributes count: those that a commit carries. */
  readonly carried: (xattrs: Xattrs) => Xattrs
  readonly signal?: AbortSignal | undefined
  /** Called now and then with the number of entries read so far. */
  readonly onProgress?: ((entries: number) => void) | undefined
}

/**
 * Reads the whole project into a new ledger in `recordDir`, for where ctime proves nothing. An entry that moves while it is read is known by
 * nothing, so it will be a conflict if the session changes it.
 * @throws OverlayError `ABORTED`; SystemError of an entry that cannot be read (EACCES)
 */
export async function fingerprintProject(
  ops: FileOps,
  project: Fd,
  recordDir: Fd,
  options: FingerprintOptions,
): Promise<void> {
  const { exclude, carried, signal, onProgress } = options
  const hasher = await createContentHasher(ops)
  const ledger = createLedger(true)
  const pace = createPace(signal)
  let entries = 0
  const enter = (path: RelPath): boolean => !exclude.has(path)
  for (const { path, entry, dir } of walk(ops, project, { enter, xattrs: true })) {
    if (exclude.has(path)) continue
    const { name, stat } = entry
    const attributes = digestAttributes(hasher, carried(entry.xattrs))
    const base = takeFingerprint(ops, hasher, { dir, name, stat, attributes }, signal)
    // Known to have been there, in a state that nothing will match.
    ledger.learn({ path, base: base ?? { ...unknownState, type: entry.stat.type } })
    entries += 1
    const due = pace.due()
    if (due === undefined) continue
    onProgress?.(entries)
    await due
  }
  writeCompleteLedger(ops, recordDir, ledger)
}

const unknownState = {
  mode: -1,
  uid: -1,
  gid: -1,
  size: -1,
  ino: 0n,
  mtimeNs: 0n,
  ctimeNs: -1n,
  hash: undefined,
  target: undefined,
} as const
