import { type SpawnSyncReturns, spawnSync } from 'node:child_process'

/** Why scripts cannot be kept to a directory as this user. */
export function noJail(uid: number): string | undefined {
  const { status, stderr, error } = runInJail('/proc', 'exit 0', { uid, readOnly: true })
  return status === 0 ? undefined : `bwrap keeps no program to a directory for user ${uid}: ${error ?? stderr}`
}

interface JailOptions {
  readonly uid: number
  /** More variables of the environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeout?: number
  readonly readOnly?: boolean
}

/**
 * Runs a script where nothing but the directory can be written, in it. Where that is gone, or is a dead mount, nothing of the script runs: as
 * root it would go on wherever it is.
 */
export function runInJail(
  directory: string,
  script: string,
  { uid, env = {}, timeout = 30_000, readOnly = false }: JailOptions,
): SpawnSyncReturns<string> {
  const view = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc']
  const own = readOnly ? [] : [uid === 0 ? '--dev-bind' : '--bind', directory, directory]
  const limits = ['--chdir', directory, '--unshare-pid', '--die-with-parent', '--new-session']
  // From here on a case may look at what fails.
  const guarded = `set -eu\n[ "$(pwd)" = "$directory" ]\numask 022\nset +eu\n${script}`
  return spawnSync('bwrap', [...view, ...own, ...limits, '--', 'sh', '-c', guarded], {
    uid,
    gid: uid,
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...env, directory },
    encoding: 'latin1',
    timeout,
    killSignal: 'SIGKILL',
  })
}
