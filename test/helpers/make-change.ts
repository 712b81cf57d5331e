import type { Change, WantedEntry } from '../../src/changeset/change.js'
import type { EntryStat } from '../../src/os/entry-stat.js'
import type { ByteString, RelPath } from '../../src/paths/byte-string.js'

/** A stat of a plain file, changed where the test says so. */
export function makeStat(parts: Partial<EntryStat> = {}): EntryStat {
  return {
    type: 'file',
    mode: 0o644,
    uid: 1000,
    gid: 1000,
    nlink: 1,
    size: 3,
    blocks: 8,
    dev: 1n,
    ino: 10n,
    rdevMajor: 0,
    rdevMinor: 0,
    atimeNs: 1n,
    mtimeNs: 1n,
    ctimeNs: 1n,
    btimeNs: 1n,
    mountId: 1n,
    ...parts,
  }
}

export function makeWanted(parts: Partial<WantedEntry> = {}): WantedEntry {
  return {
    type: 'file',
    mode: 0o644,
    uid: 1000,
    gid: 1000,
    size: 3,
    atimeNs: 2n,
    mtimeNs: 2n,
    rdevMajor: 0,
    rdevMinor: 0,
    xattrs: new Map(),
    target: undefined,
    content: undefined,
    linkGroup: undefined,
    ...parts,
  }
}

/** A change of a plain file; `wanted: undefined` makes a deletion. */
export function makeChange(path: string, parts: Partial<Change> = {}): Change {
  const base = 'base' in parts ? parts.base : makeStat()
  const wanted = 'wanted' in parts ? parts.wanted : makeWanted()
  return {
    kind: wanted === undefined ? 'delete' : base === undefined ? 'create' : 'modify',
    from: undefined,
    aspects: new Set(['content']),
    upper: { ino: 5n, ctimeNs: 5n, size: 3, btimeNs: 5n },
    origin: 'none',
    implied: false,
    overMask: false,
    ...parts,
    path: path as RelPath,
    wanted,
    base,
  }
}

export function target(text: string): Partial<WantedEntry> {
  return { type: 'symlink', target: text as ByteString }
}
