import type { FileOps } from '../../src/os/file-ops.js'
import { oneByOne } from '../../src/os/one-by-one.js'
import { SystemError } from '../../src/os/system-error.js'

/** Calls that change something on disk, or promise that it is there. */
const changing: ReadonlySet<keyof FileOps> = new Set([
  'createFile',
  'write',
  'truncate',
  'cloneContent',
  'copyContent',
  'copyRange',
  'mkdir',
  'symlink',
  'mknod',
  'link',
  'unlink',
  'rmdir',
  'rename',
  'setMode',
  'setOwner',
  'setTimes',
  'setXattr',
  'removeXattr',
  'fsync',
  'syncFs',
])

export interface Faults {
  readonly ops: FileOps
  /** State-changing calls so far. */
  count(): number
}

/** Port calls as they are, but `before` runs ahead of each state-changing one, with its number from 1, its name and its arguments; it may throw. */
export function watchedOps(
  real: FileOps,
  before: (call: number, name: keyof FileOps, args: readonly unknown[]) => void,
): Faults {
  let calls = 0
  const ops = new Proxy(real, {
    get(target, key: keyof FileOps) {
      const method = target[key] as (...args: unknown[]) => unknown
      if (!changing.has(key)) return method
      return (...args: unknown[]) => {
        calls += 1
        before(calls, key, args)
        return method(...args)
      }
    },
  })
  return { ops: oneByOne(ops), count: () => calls }
}

/** Fails call number `at` with `code`, once. */
export function failingOps(real: FileOps, at: number, code: string): Faults {
  return watchedOps(real, (call, name) => {
    if (call === at) throw new SystemError(code, 5, name, 'injected')
  })
}
