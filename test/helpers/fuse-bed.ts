import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, constants, existsSync, mkdirSync, mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findFuseNative } from '../../src/os/fuse-library.js'
import { bundleProgram } from './bundle-program.js'
import { noProgram, noRoot } from './capability.js'
import type { Said } from './fuse-driver.js'

/** A mount of a file system in memory, by the server that sessions have. */
export interface FuseBed {
  readonly mount: string
  readonly server: ChildProcess
  /** What the server says at its end. */
  readonly ended: Promise<readonly Said[]>
  /** Runs a script in the mount as the bed's user, and kills it when it hangs. */
  sh(script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  unmount(): void
}

/** `nobody`: fusermount3 serves no user without an account. */
export const accountUser = 65534

/** Why nothing can be mounted by FUSE; opens /dev/fuse for all, as udev has it. */
export function noFuse(): string | undefined {
  const missing = noRoot()
  if (missing !== undefined) return missing
  if (existsSync('/dev/fuse') && !isForAll('/dev/fuse')) chmodSync('/dev/fuse', 0o666)
  return noFuseForUsers()
}

/** Why whoever runs the tests cannot mount by FUSE without being root. */
export function noFuseForUsers(): string | undefined {
  if (!existsSync('/dev/fuse')) return 'there is no /dev/fuse'
  return noProgram('fusermount3') ?? (isForAll('/dev/fuse') ? undefined : '/dev/fuse is not open to all')
}

function isForAll(path: string): boolean {
  const everybody = constants.S_IROTH | constants.S_IWOTH
  return (statSync(path).mode & everybody) === everybody
}

/** Why fuse-native cannot serve: it is an optional dependency. */
export function noFuseNative(): string | undefined {
  return noFuse() ?? (findFuseNative({}) === undefined ? 'the package fuse-native is not installed' : undefined)
}

let bundle: Promise<string> | undefined

export async function fuseBed(uid: number, writeback: boolean): Promise<FuseBed> {
  bundle ??= bundleProgram('test/helpers/fuse-driver.ts')
  const program = await bundle
  const top = mkdtempSync(join(tmpdir(), 'oa-fuse-'))
  const mount = join(top, 'mount')
  mkdirSync(mount)
  for (const path of [top, mount]) chownSync(path, uid, uid)
  const args = [mount, uid === 0 ? 'root' : '/usr/bin/fusermount3', writeback ? '1' : '0']
  const server = fork(program, args, { uid, gid: uid, cwd: '/' })
  const said: Said[] = []
  const ended = new Promise<typeof said>((resolve) => server.on('exit', () => resolve(said)))
  onTestFinished(() => {
    server.kill('SIGKILL')
    spawnSync('umount', ['-l', mount])
    execFileSync('rm', ['-rf', '--one-file-system', top])
  })
  await new Promise<void>((resolve, reject) => {
    server.on('message', (message: Said) => (message.ready === true ? resolve() : said.push(message)))
    server.on('exit', (code) => reject(new Error(`The server ended with ${code}`)))
  })
  return {
    mount,
    server,
    ended,
    sh(script) {
      // Where the mount is gone, nothing of it may go on elsewhere.
      const options = { uid, gid: uid, cwd: '/', encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' } as const
      return spawnSync('sh', ['-c', `cd ${mount} || exit\numask 022\n${script}`], options)
    },
    unmount() {
      const [command, ...rest] = uid === 0 ? ['umount'] : ['fusermount3', '-u']
      execFileSync(command as string, [...rest, mount], { uid, gid: uid, cwd: '/', timeout: 20_000 })
    },
  }
}

/** With the last test of a file. */
export async function dropFuseBundle(): Promise<void> {
  if (bundle !== undefined) execFileSync('rm', ['-rf', dirname(await bundle)])
  bundle = undefined
}
