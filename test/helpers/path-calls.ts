/** What a tree shows of one entry; times of now are `now`, as two trees never agree on them. */
export interface SeenEntry {
  readonly type: number
  readonly mode: string
  readonly owner: string
  /** Of anything but a directory. */
  readonly nlink: number
  readonly mtime: string
  /** Bytes of a file, target of a link, numbers of a device. */
  readonly content: string
  readonly xattrs: string
}

/** System calls by path below a root ('a/b', '' is the root), each answering 0 or more, or an errno below 0. Paths are latin1. */
export interface PathCalls {
  mkdir(path: string, mode: number): number
  mkfifo(path: string, mode: number): number
  symlink(target: string, path: string): number
  link(from: string, to: string): number
  unlink(path: string): number
  rmdir(path: string): number
  rename(from: string, to: string, flags: number): number
  /** Opens with `flags`, writes at `offset`, closes. */
  write(path: string, flags: number, mode: number, offset: number, data: string): number
  truncate(path: string, size: number): number
  chmod(path: string, mode: number): number
  chown(path: string, uid: number, gid: number): number
  utimes(path: string, seconds: number): number
  setxattr(path: string, key: string, value: string, flags: number): number
  removexattr(path: string, key: string): number
  /** Names in a directory, sorted; or an errno. */
  list(path: string): string[] | number
  see(path: string): SeenEntry | number
}

/** Seconds from which on a time counts as that of the test. */
const recent = 1_700_000_000

export function mtimeText(seconds: number, nanoseconds: number): string {
  return seconds >= recent ? 'now' : `${seconds}.${nanoseconds}`
}

/** All of a tree, in order, by path. */
export function seeTree(calls: PathCalls): Record<string, SeenEntry | number> {
  const seen: Record<string, SeenEntry | number> = {}
  const due = ['']
  for (let path = due.pop(); path !== undefined; path = due.pop()) {
    const entry = calls.see(path)
    seen[path] = entry
    if (typeof entry === 'number' || entry.type !== 4) continue
    const names = calls.list(path)
    if (typeof names === 'number') throw new Error(`cannot list ${path}: ${names}`)
    for (const name of names) due.push(path === '' ? name : `${path}/${name}`)
  }
  return Object.fromEntries(Object.entries(seen).sort(([one], [other]) => (one < other ? -1 : 1)))
}
