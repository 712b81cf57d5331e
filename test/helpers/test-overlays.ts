import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { MarkFamily } from '../../src/overlay-format/mark-names.js'
import { noProgram, noRoot } from './capability.js'
import { noFuse, noFuseForUsers, noFuseNative } from './fuse-bed.js'
import { namedByText, type TreeOperation } from './tree-operations.js'

/** The directories of one test overlay; `merged` is made by the mount. Paths hold none of `,:\` and no space. */
export interface OverlayDirs {
  readonly lower: string
  readonly upper: string
  readonly work: string
  readonly merged: string
}

export interface TestOverlay {
  /** Where the merged tree can be used by this process. */
  readonly merged: string
  unmount(): Promise<void>
}

/** A way to have a real overlay of two directories; every suite of the change set runs on each. */
export interface OverlayBackend {
  readonly name: string
  readonly family: MarkFamily
  readonly redirects: 'followed' | 'forged'
  /** Who works in merged, and owns the tree. */
  readonly user: number
  missing(): string | undefined
  mount(dirs: OverlayDirs): Promise<TestOverlay>
  /** What shows the upper in full, where the backend itself does not. */
  readonly shownBy?: OverlayBackend
  /** What it is asked to do, where that is not everything. */
  readonly operations?: (steps: readonly TreeOperation[]) => TreeOperation[]
}

/** Built by `npm run build`. */
const mountFuse = join(import.meta.dirname, '../../dist/mount-fuse.cjs')
const fuseServer = join(import.meta.dirname, '../../dist/fuse-server.cjs')

const isRoot = process.getuid?.() === 0

export const backends: readonly OverlayBackend[] = [
  {
    name: 'kernel',
    family: 'trusted',
    redirects: 'followed',
    user: 0,
    missing: noRoot,
    async mount(dirs) {
      execFileSync('mount', [
        '-t',
        'overlay',
        'overlay',
        '-o',
        options(dirs, 'redirect_dir=on,metacopy=on,index=off'),
        dirs.merged,
      ])
      return { merged: dirs.merged, unmount: async () => void execFileSync('umount', [dirs.merged]) }
    },
  },
  {
    name: 'userns',
    family: 'user',
    redirects: 'forged',
    user: 1000,
    missing: () => noRoot() ?? noProgram('setpriv') ?? noProgram('unshare'),
    mount: mountInNamespace,
  },
]

/** The FUSE server by its mount(8) helper: as root it writes the same upper as root's kernel, else the user's marks. */
const fuse: OverlayBackend = {
  name: 'fuse',
  family: isRoot ? 'trusted' : 'user',
  redirects: 'followed',
  user: isRoot ? 0 : (process.getuid?.() ?? 0),
  missing: isRoot ? noFuse : noFuseForUsers,
  async mount(dirs) {
    execFileSync(process.execPath, [mountFuse, 'test', dirs.merged, '-o', options(dirs, 'rw')])
    const [command, ...rest] = isRoot ? ['umount'] : ['fusermount3', '-u']
    return { merged: dirs.merged, unmount: async () => void execFileSync(command as string, [...rest, dirs.merged]) }
  },
}

/** The same core by fuse-native. It shows times to the millisecond, and no names that are not UTF-8. */
const fuseNative: OverlayBackend = {
  ...fuse,
  name: 'fuse-native',
  missing: noFuseNative,
  shownBy: fuse,
  operations: namedByText,
  async mount({ lower, upper, work, merged }) {
    const plan = { family: 'trusted', lowers: [lower], upper, work, target: merged, source: 'test', flags: [] }
    const told = { ...plan, binding: 'fuse-native', title: 'test', packageDir: join(import.meta.dirname, '../..') }
    const server = spawn(process.execPath, [fuseServer], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', env: {} })
    const ended = once(server, 'exit')
    server.stdin.end(JSON.stringify(told))
    const [answer] = await once(server.stdout, 'data')
    if (!`${answer}`.startsWith('{"ok":true')) throw new Error(`${answer}`)
    return {
      merged,
      async unmount() {
        execFileSync('umount', [merged])
        await ended
      },
    }
  },
}

/** Those that carry less. */
export const lesserBackends: readonly OverlayBackend[] = isRoot ? [fuseNative] : []

/**
 * For suites that compare what one shows with what is made of it. Nobody but its user may enter the FUSE mount of a
 * plain user, not even root: such a user runs the tests themselves, on that backend alone.
 */
export const allBackends: readonly OverlayBackend[] = isRoot ? [...backends, fuse] : [fuse]

function options({ lower, upper, work }: OverlayDirs, more: string): string {
  return `lowerdir=${lower},upperdir=${upper},workdir=${work},${more}`
}

/** As a plain user: the mount lives in the namespace of a process that waits for its input to end. */
async function mountInNamespace(dirs: OverlayDirs): Promise<TestOverlay> {
  const script = `mount -t overlay overlay -o ${options(dirs, 'userxattr')} ${dirs.merged} && echo ready && read -r line`
  const identity = ['--reuid', '1000', '--regid', '1000', '--clear-groups']
  const child = spawn('setpriv', [...identity, 'unshare', '-U', '-r', '-m', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const [first] = await Promise.race([once(child.stdout, 'data'), exit])
  if (!String(first).startsWith('ready')) throw new Error('no overlay in a user namespace')
  return {
    merged: `/proc/${child.pid}/root${dirs.merged}`,
    async unmount() {
      child.stdin.end()
      await exit
    },
  }
}
