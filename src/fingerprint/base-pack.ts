import type { Fd, FileOps } from '../os/file-ops.js'
import { isDiskShut } from '../os/is-disk-shut.js'
import { packFileIn } from './base-pack-file.js'
import { type PackKey, type ParsedPack, packKey } from './base-pack-format.js'
import type { ContentHash, ContentHasher } from './content-hash.js'
import { isText } from './is-text.js'
import type { Ledger } from './ledger.js'
import { createPackSegment, type PackSegment } from './pack-segment.js'
import { canShareBlocks } from './shared-blocks.js'
import { shrinkPack } from './shrink-pack.js'

/** All in bytes. */
export interface PackLimits {
  /** Of one file's content. */
  readonly file: number
  readonly pack: number
  /** What one command keeps of what it reads anyway. */
  readonly look: number
  /** What one command reads in order to keep it. */
  readonly extra: number
}

export const defaultPackLimits: PackLimits = { file: 1 << 20, pack: 64 << 20, look: 16 << 20, extra: 4 << 20 }

/** Content to be kept. */
export interface KeptContent {
  /** `undefined`: it could not be read in one piece. */
  readonly bytes: Uint8Array | undefined
  /** Opens the file that holds it, where a large one can share its blocks; the pack closes it. */
  readonly open?: () => Fd
}

/**
 * Text of the project as the session found it, which a merge needs; in the file `base.pack` of the session's record. Nothing is read
 * before it is asked for. See docs/on-disk-format.md, "Base pack".
 */
export interface BasePack {
  /** Whether content of that size, which is read anyway, is kept if it is text. */
  takes(size: number): boolean
  /** Whether it would be worth a read to {@link keep} this. */
  lacks(hash: ContentHash, size: number): boolean
  /** Keeps text, however much was kept before. Of other content, and of what is not at hand, it notes that nothing is kept. */
  keep(hash: ContentHash, size: number, content: KeptContent): void
  /** `undefined`: not kept, or damaged. */
  read(hash: ContentHash, size: number): Uint8Array | undefined
  /** Writes what is not written yet. When there was no room, content goes that no `base` of the ledger names any more. */
  save(ledger: Ledger): void
}

/** Bytes that are written in one go. */
const segmentSize = 4 << 20

/** Bytes: to share the blocks of a smaller file costs more than to write it. */
const worthSharing = 64 << 10

/** `dir`: the session's record. `writable`: the ledger's lock is ours. */
export function openBasePack(
  ops: FileOps,
  hasher: ContentHasher,
  dir: Fd,
  writable: boolean,
  limits: PackLimits = defaultPackLimits,
): BasePack {
  const file = packFileIn(ops, dir, hasher.hashBytes)
  let loaded: ParsedPack | undefined
  let open: PackSegment | undefined
  let refused = false
  let taken = 0
  let shares: boolean | undefined

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

  /** `false`: nothing was written. */
  const share = (key: PackKey, size: number, openSource: () => Fd): boolean => {
    shares ??= canShareBlocks(ops, dir)
    if (!shares) return false
    flush()
    const { entries, validLength } = load()
    const length = unlessDiskIsShut(() => file.appendShared(validLength, key, size, openSource, entries))
    if (length === undefined) return false
    loaded = { entries, validLength: length }
    return true
  }

  return {
    takes: (size) => writable && size <= limits.file && taken + size <= limits.look,
    lacks: (hash, size) => {
      if (!writable || size > limits.file || taken + size > limits.extra) return false
      return !knows(hash, size) && hasRoom(size)
    },
    keep: (hash, size, { bytes, open: openSource }) => {
      if (!writable || knows(hash, size)) return
      const key = packKey(hash, size)
      taken += size
      if (bytes === undefined || size > limits.file || !isText(bytes)) segment().leaveOut(key)
      else if (!hasRoom(size)) refused = true
      else if (openSource === undefined || size < worthSharing || !share(key, size, openSource)) {
        if (!segment().fits(size)) flush()
        segment().add(key, bytes)
      }
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
function unlessDiskIsShut<T>(write: () => T): T | undefined {
  try {
    return write()
  } catch (error) {
    if (!isDiskShut(error)) throw error
    return undefined
  }
}
