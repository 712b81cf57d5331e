import type { Fd } from '../../../os/file-ops.js'
import type { StatRow } from '../../../os/stat-row.js'
import type { ByteString } from '../../../paths/byte-string.js'
import type { NodeId } from './answers.js'

/** `st_mode >> 12`. */
export const charType = 2
export const dirType = 4
export const blockType = 6
export const fileType = 8
export const linkType = 10

/** Something whose directory the core may have open. */
export interface DirHolder {
  /** -1: not open now. */
  fd: Fd
  /** Number of the operation that needed it last. */
  used: number
}

/** A directory of a lower layer. */
export class LowerDir implements DirHolder {
  fd: Fd = -1
  used = 0
  readonly layer: number
  /** `undefined`: the layer's root. */
  readonly parent: LowerDir | undefined
  readonly name: ByteString
  readonly inoLow: number
  readonly inoHigh: number
  /** As {@link Node.birth}. */
  readonly birth: number
  /** Number of its watch; 0: not watched, below 0: not to be. */
  watch = 0
  /** Whose part it is; `undefined`: only on the way to another. */
  node: Node | undefined

  /** `found`: what a look at it said; `undefined` for a layer's root, of which nobody asks. */
  constructor(layer: number, parent: LowerDir | undefined, name: ByteString, found: StatRow | undefined) {
    this.layer = layer
    this.parent = parent
    this.name = name
    this.inoLow = found?.inoLow ?? 0
    this.inoHigh = found?.inoHigh ?? 0
    this.birth = found?.birth ?? 0
  }

  /** Whether it is the directory that was looked at. The number of one that was removed is soon another's. */
  isAt(row: StatRow): boolean {
    return this.inoLow === row.inoLow && this.inoHigh === row.inoHigh && this.birth === row.birth
  }
}

/** An open file. */
export interface OpenFile {
  readonly node: Node
  readonly writable: boolean
  readonly append: boolean
  fd: Fd
}

/** A name of a node. */
export interface Place {
  parent: Node
  name: ByteString
}

/** An inode of merged that the kernel knows, or through which it knows another. */
export class Node implements DirHolder {
  readonly id: NodeId
  /** `st_mode >> 12`; never changes. */
  readonly type: number
  lookups = 0
  /** Its names: none for the root and for what was removed, several for hard links that were looked up. The upper mirrors merged, so what is in the upper is there. */
  readonly places: Place[] = []
  /** In the upper. Then so are all the directories above it. */
  upper = false
  inoLow = 0
  inoHigh = 0
  /** Of the upper inode when it may have several names. */
  linkKey: bigint | undefined
  /** When that was born: its number may be another's later. */
  linkBirth: bigint | undefined
  removed = false
  /** Where it lies was watched before it was looked at: the kernel may keep what it was told. */
  kept = false
  /** Low half of the birth time of what is in a lower alone: the inode number of a removed file is soon another's. */
  birth = 0

  /** Files: where it is in a lower, or, with `metacopy`, where its data is. */
  lowerDir: LowerDir | undefined
  lowerName: ByteString = '' as ByteString
  metacopy = false
  /** Of the lower inode when it was looked up last: whether pages that the kernel has may be kept. */
  seenMtime = 0
  seenMtimeNs = -1
  seenSize = -1
  /** Of the same, if a later change is sure to move it: -1 nanoseconds if not. */
  seenCtime = 0
  seenCtimeNs = -1
  readonly files: Set<OpenFile> | undefined

  /** Directories: what they are merged with, the topmost first. */
  lowers: readonly LowerDir[] = []
  readonly children: Map<ByteString, Node> | undefined
  /** Opaque `x`: there may be whiteouts by attribute. */
  attributeWhiteouts = false
  impure = false
  fd: Fd = -1
  used = 0

  constructor(id: NodeId, type: number) {
    this.id = id
    this.type = type
    this.children = type === dirType ? new Map() : undefined
    this.files = type === fileType ? new Set() : undefined
  }
}

/** One entry of a listing. */
export interface Listed {
  readonly name: ByteString
  readonly inoLow: number
  readonly inoHigh: number
  readonly type: number
}

/** An open directory: its listing is that of the moment when it was read from the start. */
export interface OpenDir {
  readonly node: Node
  listing: readonly Listed[] | undefined
}
