import { type Fingerprint, identityOf, takeFingerprint } from '../fingerprint/fingerprint.js'
import { type FileToFingerprint, takeFingerprints } from '../fingerprint/take-fingerprints.js'
import type { EntryStat } from '../os/entry-stat.js'
import type { Xattrs } from '../os/file-ops.js'
import type { RelPath } from '../paths/byte-string.js'
import { parentOf, rootPath } from '../paths/rel-path.js'
import type { Evidence } from './evidence.js'
import { openBase } from './keep-base.js'
import { digestCarried, readAttributes } from './project-attributes.js'
import { type SeenDirectories, statDirectory } from './seen-directories.js'
import type { AncestorCheck } from './stable-ancestors.js'

/** Rule 3's ledger is filled here alone, with what rule 1 or 2 still proves to be clean. */
export interface Learner {
  /** `keeps`: the content may be merged later. A file is only noted, for {@link learnContents}. */
  learn(path: RelPath, stat: EntryStat, xattrs: Xattrs | undefined, keeps: boolean): void
  learnContents(): Promise<void>
}

interface NotedFile extends FileToFingerprint {
  readonly keeps: boolean
}

export function createLearner(
  evidence: Evidence,
  ancestors: AncestorCheck | undefined,
  seen: SeenDirectories,
): Learner {
  const { ops, hasher, ledger, base, signal, kept } = evidence
  const parents = new Set<RelPath>()
  let files: NotedFile[] = []

  const learnEntry = (path: RelPath, stat: EntryStat, xattrs: Xattrs | undefined, keeps: boolean): void => {
    const attributes = xattrs === undefined ? readAttributes(evidence, path) : digestCarried(evidence, xattrs)
    if (stat.type === 'file') {
      files.push({ path, size: stat.size, stat, attributes, keeps })
      return
    }
    const taken = base.at(path, (dir, name) => takeFingerprint(ops, hasher, { dir, name, stat, attributes }, signal))
    if (taken !== undefined) ledger.learn({ path, base: taken })
  }

  const learnAncestors = (path: RelPath): void => {
    for (let dir = parentOf(path); !parents.has(dir); dir = parentOf(dir)) {
      parents.add(dir)
      if (dir === rootPath || ledger.base(dir) !== undefined) continue
      const stat = statDirectory(evidence, seen, dir)
      if (stat === undefined || !isProvenDirectory(evidence, stat)) continue
      const xattrs = seen.get(dir)?.xattrs()
      const attributes = xattrs === undefined ? readAttributes(evidence, dir) : digestCarried(evidence, xattrs)
      ledger.learn({ path: dir, base: { ...identityOf(stat), attributes } })
    }
  }

  return {
    learn: (path, stat, xattrs, keeps) => {
      if (!isWholeFact(ledger.base(path), stat)) learnEntry(path, stat, xattrs, keeps)
      if (ancestors?.(path) === true) learnAncestors(path)
    },
    learnContents: async () => {
      const noted = files
      files = []
      for await (const { file, fingerprint, content } of takeFingerprints(ops, hasher, base, noted, signal)) {
        if (fingerprint === undefined) continue
        ledger.learn({ path: file.path, base: fingerprint })
        const { hash, size } = fingerprint
        if (!file.keeps || hash === undefined || !kept.takes(size)) continue
        kept.keep(hash, size, { bytes: content, open: () => openBase(evidence, file.path) })
      }
    },
  }
}

/** Whether nothing could be added. What a commit or an older version noted lacks content, attributes or both. */
function isWholeFact(known: Fingerprint | 'absent' | undefined, stat: EntryStat): boolean {
  if (known === undefined || known === 'absent') return known === 'absent'
  return known.attributes !== undefined && (stat.type !== 'file' || known.hash !== undefined)
}

/** Its mode and owner count as known only if nothing happened to it since the session began. */
function isProvenDirectory({ epochNs }: Evidence, stat: EntryStat): boolean {
  return epochNs !== undefined && stat.ctimeNs < epochNs
}
