import type { Fd, FileOps } from '../os/file-ops.js'
import { isDiskShut } from '../os/is-disk-shut.js'
import { packFileIn } from './base-pack-file.js'
import { type ParsedPack, packKey } from './base-pack-format.js'
import type { ContentHash, ContentHasher } from './content-hash.js'
import { isText } from './is-text.js'
import type { Ledger } from './ledger.js'
import { createPackSegment, type PackSegment } from './pack-segment.js'
import { shrinkPack } from './shrink-pack.js'

/** Bytes: of one file's content, and of the pack. */
export interface PackLimits {
  readonly file: number
  readonly pack: number
}

const defaultLimits: PackLimits = { file: 1 << 20, pack: 64 << 20 }

/**
 * Text of the project as the session found it, which a merge needs; in the file `base.pack` of the session's record. Nothing is read
 * before it is asked for. See docs/on-disk-format.md, "Base pack".
 */
export interface BasePack {
  /** Whether content of that size is kept, if it is text. */
  takes(size: number): boolean
  /** Whether it would be worth a read to {@link keep} this. */
  lacks(hash: ContentHash, size: number): boolean
  /** Keeps a copy of text. Of other content, and of what is not at hand, it notes that nothing is kept. */
  keep(hash: ContentHash, size: number, content: Uint8Array | undefined): void
  /** `undefined`: not kept, or damaged. */
  read(hash: ContentHash, size: number): Uint8Array | undefined
  /** Writes what is not written yet. When there was no room, content goes that no `base` of the ledger names any more. */
  save(ledger: Ledger): void
}

/** Bytes that are written in one go. */
const segmentSize = 4 << 20

/** `dir`: the session's record. `writable`: the ledger's lock is ours. */
export function openBasePack(
  ops: FileOps,
  hasher: ContentHasher,
  dir: Fd,
  writable: boolean,
  limits: PackLimits = defaultLimits,
): BasePack {
  const file = packFileIn(ops, dir, hasher.hashBytes)
  let loaded: ParsedPack | undefined
  let open: PackSegment | undefined
  let refused = false

  const load = (): ParsedPack => {
    loaded ??= file.load()
    return loaded
  }
  const segment = (): PackSegment => {
    open ??= createPackSegment(Math.max(segmentSize, limits.file))
    return open
  }
  const knows = (hash: ContentHash, size: number): boolean => {
    const key = packKey(hash, size)
    return load().entries.has(key) || open?.has(key) === true
  }
  const hasRoom = (size: number): boolean => load().validLength + (open?.size() ?? 0) + size <= limits.pack
  const flush = (): void => {
    if (open === undefined || open.isEmpty()) return
    const { entries, validLength } = load()
    unlessDiskIsShut(() => {
      loaded = { entries, validLength: file.append(validLength, segment(), entries) }
    })
    open.clear()
  }

  return {
    takes: (size) => writable && size <= limits.file,
    lacks: (hash, size) => writable && size <= limits.file && !knows(hash, size) && hasRoom(size),
    keep: (hash, size, content) => {
      if (!writable || knows(hash, size)) return
      const key = packKey(hash, size)
      if (content === undefined || size > limits.file || !isText(content)) segment().leaveOut(key)
      else if (hasRoom(size)) {
        if (!segment().fits(size)) flush()
        segment().add(key, content)
      } else refused = true
    },
    read: (hash, size) => {
      flush()
      const { entries } = load()
      const place = entries.get(packKey(hash, size))
      if (place === undefined || place === 'left-out') return undefined
      const content = file.read(place, size)
      if (content !== undefined && hasher.hashContent(content) === hash) return content
      entries.delete(packKey(hash, size))
      return undefined
    },
    save: (ledger) => {
      flush()
      if (!refused) return
      refused = false
      unlessDiskIsShut(() => {
        loaded = shrinkPack(file, load(), ledger, limits.pack, hasher.hashBytes) ?? loaded
      })
    },
  }
}

/** Less is kept then: fewer merges, and no reason to stop. */
function unlessDiskIsShut(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!isDiskShut(error)) throw error
  }
}
