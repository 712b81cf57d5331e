import type { Fd } from '../../../os/file-ops.js'
import type { LayerOps } from '../../../os/layer-ops.js'
import { StatRow } from '../../../os/stat-row.js'
import { type MarkFamily, markPrefix } from '../../../overlay-format/mark-names.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { DirFds } from './dir-fds.js'
import { Found } from './found.js'
import { LowerWatches } from './lower-watches.js'
import { dirType, LowerDir, Node, type OpenDir, type OpenFile } from './node.js'
import type { OverlayOptions } from './overlay-fs.js'
import { Slots } from './slots.js'

/** What all parts of the core share. */
export class Core {
  readonly ops: LayerOps
  readonly options: OverlayOptions
  readonly family: MarkFamily
  readonly prefix: ByteString
  readonly fds: DirFds
  readonly nodes: Map<number, Node> = new Map()
  /** Nodes in the upper that may have several names, by the upper's inode number. */
  readonly links: Map<bigint, Node> = new Map()
  readonly files: Slots<OpenFile> = new Slots()
  readonly dirs: Slots<OpenDir> = new Slots()
  readonly root: Node
  readonly watches: LowerWatches
  /** Missing names of the root that the kernel may keep: nothing that it is told takes all of them away at once. */
  readonly rootMissing: Set<ByteString> = new Set()
  readonly lowerRoots: readonly LowerDir[]
  /** Number by which inode numbers of each lower are told from those of the upper: 0 where both are on one file system. */
  readonly lowerTags: readonly number[]
  readonly mounts: readonly number[]
  /** Where the core keeps what is half done; -1 for an overlay that is read only. */
  readonly work: Fd
  readonly writable: boolean

  /** Of the entry that an operation is about. */
  readonly row: StatRow = new StatRow()
  /** For anything on the way. */
  readonly other: StatRow = new StatRow()
  readonly found: Found = new Found()
  /** Room for link targets and attributes. */
  readonly bytes: Buffer = Buffer.alloc(65536)
  #lastId = 1
  #lastTemporary = 0

  constructor(ops: LayerOps, options: OverlayOptions, facts: CoreFacts) {
    this.ops = ops
    this.options = options
    this.family = options.family
    this.prefix = markPrefix(options.family)
    this.work = facts.work
    this.writable = options.upper !== undefined && facts.work >= 0 && !options.readOnly
    this.lowerTags = facts.lowerTags
    this.mounts = facts.mounts
    this.lowerRoots = options.lowers.map((_, layer) => new LowerDir(layer, undefined, '.' as ByteString, undefined))
    this.root = new Node(1, dirType)
    this.root.upper = options.upper !== undefined
    this.root.lowers = facts.rootOpaque ? [] : this.lowerRoots
    this.root.inoLow = facts.rootIno[0]
    this.root.inoHigh = facts.rootIno[1]
    this.root.lookups = 1
    this.nodes.set(1, this.root)
    this.fds = new DirFds(ops, options, this.root)
    this.watches = new LowerWatches(options.watch, options.maxWatches ?? 0, this.fds)
    for (const dir of this.root.lowers) (dir as LowerDir).node = this.root
  }

  newNode(type: number): Node {
    this.#lastId += 1
    const node = new Node(this.#lastId, type)
    this.nodes.set(node.id, node)
    return node
  }

  /** A name in the work directory that nothing has. */
  temporary(): ByteString {
    this.#lastTemporary += 1
    return `#${this.#lastTemporary.toString(16)}` as ByteString
  }
}

/** What has to be found out before there is a core. */
export interface CoreFacts {
  readonly work: Fd
  readonly lowerTags: readonly number[]
  readonly mounts: readonly number[]
  readonly rootOpaque: boolean
  readonly rootIno: readonly [number, number]
}
