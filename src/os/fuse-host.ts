import { accessSync, constants, existsSync } from 'node:fs'
import { constants as system } from 'node:os'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { findFuseServer } from './find-fuse-server.js'
import { fuseSystem } from './fuse-device.js'
import { findFuseNative } from './fuse-library.js'
import type { HelperProgram, ProgramOutcome } from './helper-program.js'
import { isRoot } from './is-root.js'
import type { Addon } from './load-addon.js'
import type { NativeParts } from './native-parts.js'
import { SystemError } from './system-error.js'

/** What it takes to have a FUSE mount. */
export interface FuseHost {
  /** Serves one mount, as src/mount/fuse/server/main.ts says. It answers once it does, and stays. */
  readonly server: HelperProgram
  /** Directory of this package, for the server to find the addon. */
  readonly packageDir: string | undefined
  /** /dev/fuse: `missing`, or not to be opened by us. */
  device(): 'usable' | 'missing' | 'closed'
  /** Path of fusermount3. */
  mountProgram(): string | undefined
  /** Directory of the package fuse-native, if it is installed. */
  library(): string | undefined
  /** Unmounts what we mounted, `lazy` also while it is used: why not, if not. */
  unmount(target: AbsPath, lazy: boolean): UnmountFailure | undefined
}

export interface UnmountFailure {
  readonly errno: string | undefined
  readonly message: string
}

/** Setuid programs, so only where the system has them. The last ones are NixOS' and libfuse 2's. */
const mountPrograms: readonly string[] = [
  '/usr/bin/fusermount3',
  '/bin/fusermount3',
  '/usr/local/bin/fusermount3',
  '/run/wrappers/bin/fusermount3',
  '/usr/bin/fusermount',
  '/bin/fusermount',
  '/usr/local/bin/fusermount',
]

export function fuseHost(addon: Addon, parts: NativeParts): FuseHost {
  const mountProgram = (): string | undefined => mountPrograms.find((path) => existsSync(path))
  return {
    server: serverProgram(() => findFuseServer(parts)),
    packageDir: parts.packageDir,
    device: () => {
      if (!existsSync('/dev/fuse')) return 'missing'
      try {
        accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
        return 'usable'
      } catch {
        return 'closed'
      }
    },
    mountProgram,
    library: () => findFuseNative(parts),
    unmount: (target, lazy) => (isRoot() ? unmountAsRoot(addon, target, lazy) : unmountByProgram(target, lazy)),
  }

  function unmountByProgram(target: AbsPath, lazy: boolean): UnmountFailure | undefined {
    const program = mountProgram()
    if (program === undefined) return { errno: 'ENOENT', message: 'there is no fusermount3' }
    const args = ['-u', ...(lazy ? ['-z'] : []), '--', target] as ByteString[]
    const { refusal = '' } = fuseSystem(addon).mountByHelper(program, args)
    if (refusal === '') return undefined
    return { errno: /busy/i.test(refusal) ? 'EBUSY' : undefined, message: refusal }
  }
}

function unmountAsRoot(addon: Addon, target: AbsPath, lazy: boolean): UnmountFailure | undefined {
  try {
    fuseSystem(addon).unmount(target, lazy)
    return undefined
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return { errno: error.code, message: '' }
  }
}

/** A program of Node's that goes on when it has said what it has to say, in a session of its own and without a terminal. */
function serverProgram(find: () => string): HelperProgram {
  let found: string | undefined
  const path = (): string => {
    found ??= find()
    return found
  }
  return {
    get program() {
      return path()
    },
    async run(args, input) {
      // To load it takes milliseconds, which no other backend needs.
      const { spawn } = await import('node:child_process')
      const child = spawn(process.execPath, [path(), ...args], { detached: true, cwd: '/', env: {}, stdio: 'pipe' })
      return new Promise<ProgramOutcome>((resolve) => {
        const said = { stdout: '', stderr: '' }
        let end: ProgramOutcome['end'] = { kind: 'exit', exitCode: 0 }
        for (const stream of ['stdout', 'stderr'] as const) {
          child[stream].setEncoding('utf8').on('data', (text: string) => {
            said[stream] += text
          })
        }
        child.on('error', (error: NodeJS.ErrnoException) => {
          resolve({ end: { kind: 'not-started', errno: error.code ?? 'UNKNOWN' }, ...said })
        })
        child.on('exit', (exitCode, signal) => {
          end =
            signal === null
              ? { kind: 'exit', exitCode: exitCode ?? 0 }
              : { kind: 'signal', signal: system.signals[signal] }
        })
        // It closes both when it is ready, or ends.
        let open = 2
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('close', () => {
            open -= 1
            if (open > 0) return
            child.unref()
            // So that the end of a program which has ended is known.
            setImmediate(() => resolve({ end, ...said }))
          })
        }
        child.stdin.on('error', () => undefined)
        child.stdin.end(input)
      })
    },
  }
}
