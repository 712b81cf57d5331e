import type { Operation } from './operation.js'

/** What the rules look at in an entry of the project. Time is 0 before the session began and 1 since. */
export interface Entry {
  readonly kind: 'file' | 'dir' | 'symlink'
  readonly ino: number
  readonly birth: 0 | 1
  ctime: 0 | 1
  mtime: number
  /** A file's content, a link's target. */
  content: string
  mode: number
  /** Names of extended attributes, in order. */
  attrs: string
}

/** What the upper holds of it. */
export interface SessionEntry extends Entry {
  /** `no`: it is the project's own. */
  upper: 'no' | 'copied' | 'new'
  /** `false`: a copy of the attributes alone, its content is that of `lower`. */
  data: boolean
  opaque: boolean
  /** The project's path that it comes from. */
  lower: string | undefined
}

/** A small file system that keeps what the rules ask for. */
export class Tree<E extends Entry = Entry> {
  readonly entries: Map<string, E>
  /** When its operations happen. */
  readonly #now: 0 | 1
  static #count = 0

  constructor(now: 0 | 1, entries: Iterable<readonly [string, E]> = []) {
    this.#now = now
    this.entries = new Map(entries)
  }

  get(path: string): E | undefined {
    const parent = parentOf(path)
    // Below a file there is nothing.
    if (path !== '' && parent !== '' && this.get(parent)?.kind !== 'dir') return undefined
    return this.entries.get(path)
  }

  below(path: string): [string, E][] {
    return [...this.entries].filter(([each]) => each.startsWith(`${path}/`))
  }

  run(operations: readonly Operation[]): this {
    for (const operation of operations) this.#apply(operation)
    return this
  }

  #apply(operation: Operation): void {
    const [does, one, two] = operation
    if (does === 'open') this.changeInPlace(one, true, () => undefined)
    else if (does === 'append') this.changeInPlace(one, true, (entry) => this.#write(entry, entry.content + two))
    else if (does === 'write' && this.get(one) !== undefined) {
      this.changeInPlace(one, true, (entry) => this.#write(entry, String(two)))
    } else if (does === 'write') this.make(one, 'file', String(two))
    else if (does === 'mkdir') this.make(one, 'dir', '')
    else if (does === 'symlink') this.make(String(two), 'symlink', one)
    else if (does === 'ln') this.link(one, String(two))
    else if (does === 'rm') this.remove(one)
    else if (does === 'mv') this.move(one, String(two))
    else {
      this.changeInPlace(one, false, (entry) => {
        entry.ctime = this.#now
        if (does === 'chmod') entry.mode = Number(two)
        else if (does === 'attr') entry.attrs = [...entry.attrs.split(' '), String(two)].sort().join(' ').trim()
        else entry.mtime = -1
      })
    }
  }

  #write(entry: Entry, content: string): void {
    entry.content = content
    this.#stamp(entry)
  }

  #stamp(entry: Entry): void {
    entry.ctime = this.#now
    entry.mtime = ++Tree.#count
  }

  protected fresh(kind: Entry['kind'], content: string): Entry {
    const mode = kind === 'dir' ? 0o755 : kind === 'file' ? 0o644 : 0o777
    const number = ++Tree.#count
    return { kind, content, mode, attrs: '', ino: number, birth: this.#now, ctime: this.#now, mtime: number }
  }

  protected make(path: string, kind: Entry['kind'], content: string): void {
    this.put(path, this.fresh(kind, content) as E)
  }

  protected put(path: string, entry: E): void {
    this.entries.set(path, entry)
    this.#stampParent(path)
  }

  #stampParent(path: string): void {
    const parent = this.entries.get(parentOf(path))
    if (parent !== undefined) this.#stamp(parent)
  }

  /** The names of one inode share their entry. */
  protected changeInPlace(path: string, _data: boolean, change: (entry: E) => void): void {
    change(this.#have(path))
  }

  protected link(from: string, to: string): void {
    const entry = this.#have(from)
    entry.ctime = this.#now
    this.put(to, entry)
  }

  protected remove(path: string): void {
    const entry = this.#have(path)
    for (const [each] of this.below(path)) this.entries.delete(each)
    this.entries.delete(path)
    entry.ctime = this.#now
    this.#stampParent(path)
  }

  protected move(from: string, to: string): void {
    const entry = this.#have(from)
    const below = this.below(from)
    if (this.get(to) !== undefined) this.remove(to)
    for (const [each, moved] of below) {
      this.entries.delete(each)
      this.entries.set(to + each.slice(from.length), moved)
    }
    this.entries.delete(from)
    entry.ctime = this.#now
    this.#stampParent(from)
    this.put(to, entry)
  }

  #have(path: string): E {
    const entry = this.get(path)
    if (entry === undefined) throw new Error(`the model has no ${path}`)
    return entry
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** All directories above, nearest last. */
export function above(path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}

/** A copy in which names of one inode still share their entry. */
export function copyOf(tree: Tree, now: 0 | 1): Tree {
  const copies = new Map<Entry, Entry>()
  const copy = (entry: Entry): Entry => {
    const made = copies.get(entry) ?? { ...entry }
    copies.set(entry, made)
    return made
  }
  return new Tree(
    now,
    [...tree.entries].map(([path, entry]) => [path, copy(entry)]),
  )
}
