import { above, type Entry, parentOf, type SessionEntry, Tree } from './model.js'

export type Family = 'trusted' | 'user'

/** What overlayfs makes of a session's work over a project: copies up, whiteouts, opaque directories, redirects. */
export class SessionTree extends Tree<SessionEntry> {
  /** Paths where the upper says that the project's entry is gone. */
  readonly whiteouts: Set<string> = new Set()
  readonly #project: Tree
  readonly #family: Family

  constructor(project: Tree, family: Family) {
    const own = ([path, entry]: [string, Entry]): [string, SessionEntry] => [
      path,
      { ...entry, upper: 'no', data: true, opaque: false, lower: path },
    ]
    super(1, [...project.entries].map(own))
    this.#project = project
    this.#family = family
  }

  /** Writes below a directory make a copy of it. Hard links of the project are broken by a copy of one name. */
  #copyUp(path: string, data: boolean): SessionEntry {
    for (const each of [...above(path), path]) {
      const entry = this.get(each)
      if (entry === undefined) throw new Error(`the session has no ${each}`)
      if (entry.upper !== 'no') continue
      entry.upper = 'copied'
      entry.data = this.#family === 'user'
    }
    const entry = this.get(path) as SessionEntry
    entry.data ||= data
    return entry
  }

  protected override changeInPlace(path: string, data: boolean, change: (entry: SessionEntry) => void): void {
    change(this.#copyUp(path, data))
  }

  protected override make(path: string, kind: Entry['kind'], content: string): void {
    const entry: SessionEntry = {
      ...this.fresh(kind, content),
      upper: 'new',
      data: true,
      opaque: kind === 'dir',
      lower: undefined,
    }
    this.put(path, entry)
  }

  protected override put(path: string, entry: SessionEntry): void {
    if (parentOf(path) !== '') this.#copyUp(parentOf(path), false)
    this.whiteouts.delete(path)
    super.put(path, entry)
  }

  protected override link(from: string, to: string): void {
    this.#copyUp(from, false)
    super.link(from, to)
  }

  protected override remove(path: string): void {
    this.#whiteOut(path)
    super.remove(path)
  }

  /** What the upper alone had leaves no sign. */
  #whiteOut(path: string): void {
    if (parentOf(path) !== '') this.#copyUp(parentOf(path), false)
    if (this.#isMerged(parentOf(path)) && this.#project.get(path) !== undefined) this.whiteouts.add(path)
  }

  #isMerged(path: string): boolean {
    const entry = this.get(path)
    return path === '' || (entry?.kind === 'dir' && !entry.opaque)
  }

  protected override move(from: string, to: string): void {
    const entry = this.get(from)
    if (entry?.kind === 'dir' && entry.upper !== 'new' && this.#family === 'user') {
      this.#copyAway(from, to)
      return
    }
    this.#copyUp(from, false)
    this.#whiteOut(from)
    if (this.get(to) !== undefined) this.remove(to)
    this.whiteouts.delete(to)
    super.move(from, to)
  }

  /** `mv`, where a directory of the project cannot be renamed. */
  #copyAway(from: string, to: string): void {
    const all = [[from, this.get(from) as SessionEntry] as const, ...this.below(from)]
    for (const [path, { kind, content, mode, attrs, mtime }] of all) {
      const target = to + path.slice(from.length)
      this.make(target, kind, content)
      Object.assign(this.get(target) as SessionEntry, { mode, attrs, mtime })
    }
    this.remove(from)
  }
}
