import { StatRow } from '../../../os/stat-row.js'
import { markName } from '../../../overlay-format/mark-names.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { addTo } from './add-to-upper.js'
import type { Result } from './answers.js'
import { copyAttributes, setTimesOf } from './copy-attributes.js'
import { sourceOf } from './copy-source.js'
import { copyUpAbove } from './copy-up-entry.js'
import type { Core } from './core.js'
import { ENOENT, EROFS, ESTALE } from './errno.js'
import { fileType, type Node, type Place } from './node.js'
import * as open from './open-flags.js'
import type { CopyUpJob } from './overlay-fs.js'
import { writeMark } from './read-marks.js'
import { lookingAt, tellCopied, tellCut } from './touch.js'

/** `data`: with its content; `attributes`: they alone, where the upper can say so; `empty`: a file of which no byte is to be kept. */
export type CopyUpKind = 'data' | 'attributes' | 'empty'

/** What {@link import('../../../os/layer-ops.js').LayerOps.copy} answers at the end. */
const allCopied = 2 ** 53 - 1

/**
 * The copy-up of a regular file. What is copied lies in the work directory until it is whole, and gets its name then. The data of a file whose attributes
 * alone were copied up goes right into it: until the mark is gone, what counts is the lower's.
 */
export class FileCopy implements CopyUpJob {
  readonly #core: Core
  readonly #node: Node
  readonly #kind: CopyUpKind
  readonly #row = new StatRow()
  #intoUpper: boolean
  /** Of the file in the upper, before it gets its data. */
  readonly #kept = new StatRow()
  #temporary: ByteString | undefined
  #from = -1
  #to = -1
  #offset = 0
  #lookedAt = 0
  #state: Result = 1

  constructor(core: Core, node: Node, kind: CopyUpKind) {
    this.#core = core
    this.#node = node
    this.#kind = kind
    this.#intoUpper = node.upper
  }

  step(bytes: number): Result {
    if (this.#state !== 1) return this.#state
    if (this.#isDone()) return this.#end(0)
    if (this.#node.upper && !this.#intoUpper) this.#startOver()
    if (this.#to < 0) {
      const failed = this.#start()
      if (failed !== 0) return this.#end(failed)
    }
    if (this.#offset !== allCopied) {
      const next = this.#core.ops.copy(this.#from, this.#to, this.#offset, bytes)
      if (next < 0) return this.#end(next)
      this.#offset = next
      if (next !== allCopied) return 1
    }
    return this.#end(this.#finish())
  }

  cancel(): void {
    if (this.#state === 1) this.#end(ESTALE)
  }

  /** Somebody else saw to it meanwhile. */
  #isDone(): boolean {
    return this.#node.upper && (!this.#node.metacopy || this.#kind === 'attributes')
  }

  /** Its attributes were copied up meanwhile: the data follows them. */
  #startOver(): void {
    this.#close()
    this.#intoUpper = true
    this.#offset = 0
  }

  #start(): Result {
    const core = this.#core
    const { ops, work } = core
    const node = this.#node
    if (!core.writable) return EROFS
    if (node.removed || node.upper !== this.#intoUpper) return ESTALE
    const source = sourceOf(core, node)
    if (typeof source === 'number') return source
    this.#from = ops.open(source.dir, source.name, 0, 0)
    if (this.#from < 0) return this.#from
    this.#lookedAt = lookingAt()
    const failed = ops.stat(this.#from, '' as ByteString, this.#row)
    if (failed !== 0) return failed
    if (this.#row.type !== fileType) return ESTALE
    if (this.#intoUpper) return this.#openUpper()
    const temporary = core.temporary()
    this.#to = ops.open(work, temporary, open.readWrite | open.create | open.exclusive, 0o600)
    if (this.#to < 0) return this.#to
    this.#temporary = temporary
    if (this.#kind === 'empty' || this.#row.size === 0) this.#offset = allCopied
    else if (this.#marksOnly()) {
      this.#offset = allCopied
      const marked = writeMark(core, this.#to, '' as ByteString, 'metacopy', '')
      return marked === 0 ? ops.truncate(this.#to, this.#row.size) : marked
    } else this.#clone()
    return 0
  }

  /** A kernel that mounts for a user does not read the mark: the file would be a hole there. */
  #marksOnly(): boolean {
    return this.#kind === 'attributes' && this.#core.family === 'trusted'
  }

  #openUpper(): Result {
    const place = this.#node.places[0] as Place
    const dir = this.#core.fds.upper(place.parent)
    if (dir < 0) return dir
    this.#to = this.#core.ops.open(dir, place.name, open.readWrite, 0)
    if (this.#to < 0) return this.#to
    const failed = this.#core.ops.stat(this.#to, '' as ByteString, this.#kept)
    if (failed !== 0) return failed
    if (this.#kind === 'empty') this.#offset = allCopied
    else this.#clone()
    return 0
  }

  #clone(): void {
    if (this.#core.ops.clone(this.#from, this.#to) === 1) this.#offset = allCopied
  }

  #finish(): Result {
    const core = this.#core
    const { ops } = core
    const node = this.#node
    if (node.removed) return ENOENT
    const marksOnly = !this.#intoUpper && this.#marksOnly() && this.#row.size > 0
    if (!marksOnly && this.#kind !== 'empty' && this.#row.size > 0) {
      const failed = ops.sync(this.#to, true)
      if (failed !== 0) return failed
    }
    this.#tell(marksOnly)
    if (this.#intoUpper) return this.#finishInUpper()
    const temporary = this.#temporary as ByteString
    let failed = copyAttributes(
      core,
      { dir: this.#from, name: '' as ByteString },
      { dir: core.work, name: temporary },
      this.#row,
    )
    if (failed === 0) failed = copyUpAbove(core, node.places[0] as Place)
    if (failed === 0) failed = addTo(core, node, temporary)
    if (failed !== 0) return failed
    this.#temporary = undefined
    node.metacopy = marksOnly
    if (!marksOnly) reopen(core, node)
    if (this.#row.nlink > 1) takeOwnIno(core, node, this.#to)
    return 0
  }

  #tell(marksOnly: boolean): void {
    const core = this.#core
    const source = core.options.onTouch === undefined ? ESTALE : sourceOf(core, this.#node)
    if (typeof source === 'number') return
    const part = this.#intoUpper ? 'content' : marksOnly ? 'attributes' : 'all'
    if (this.#kind === 'empty') tellCut(core, this.#node, source, this.#row, this.#lookedAt)
    else tellCopied(core, source, this.#row, this.#lookedAt, part)
  }

  #finishInUpper(): Result {
    const core = this.#core
    const { ops } = core
    if (this.#kind === 'empty') {
      const failed = ops.truncate(this.#to, 0)
      if (failed !== 0) return failed
    }
    const failed = ops.removeXattr(this.#to, '' as ByteString, markName(core.family, 'metacopy'))
    if (failed !== 0) return failed
    setTimesOf(core, this.#to, '' as ByteString, this.#kept)
    this.#node.metacopy = false
    reopen(core, this.#node)
    return 0
  }

  #end(state: Result): Result {
    // What was copied into a file that keeps its mark has not changed it.
    const touched = state < 0 && this.#intoUpper && this.#to >= 0
    if (touched) setTimesOf(this.#core, this.#to, '' as ByteString, this.#kept)
    this.#close()
    this.#state = state
    return state
  }

  #close(): void {
    const { ops, work } = this.#core
    if (this.#temporary !== undefined) ops.unlink(work, this.#temporary, false)
    if (this.#from >= 0) ops.close(this.#from)
    if (this.#to >= 0) ops.close(this.#to)
    this.#temporary = undefined
    this.#from = -1
    this.#to = -1
  }
}

/** Files that are open on the lower's data go on with the upper's. */
function reopen(core: Core, node: Node): void {
  const place = node.places[0] as Place
  for (const file of node.files ?? []) {
    const dir = core.fds.upper(place.parent)
    const fd = dir < 0 ? dir : core.ops.open(dir, place.name, file.writable ? open.readWrite : 0, 0)
    if (fd < 0) continue
    core.ops.close(file.fd)
    file.fd = fd
  }
  node.lowerDir = undefined
  core.options.onChanged?.(node.id)
}

/** The number of a file with several names in a lower stays with the others of them. */
function takeOwnIno(core: Core, node: Node, fd: number): void {
  if (core.ops.stat(fd, '' as ByteString, core.other) !== 0) return
  node.inoLow = core.other.inoLow
  node.inoHigh = core.other.inoHigh
}
