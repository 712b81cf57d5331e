import { compareVersions } from './wasmtime-version.js'

export interface Preopen {
  readonly path: string
  /** Name of the directory in the guest. */
  readonly guest: string
}

export interface RunRequest {
  readonly version: string
  readonly module: string
  readonly preloads: readonly { readonly name: string; readonly path: string }[]
  /** `argv[0]` */
  readonly argv0: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  readonly preopens: readonly Preopen[]
  readonly guestCwd: string
  readonly memoryLimitBytes: number | undefined
  /** A component may be linked from several modules, each with a memory of its own; a module has one. */
  readonly manyMemories: boolean
  /** wasmtime's own time limit; only for a module compiled so that it can be interrupted. */
  readonly timeoutMs: number | undefined
}

/** Since when `-S cwd=` exists; it tells components their working directory. */
const cwdSince = '48.0.0'

/** The command line of `wasmtime run`: the preopened directories, and of the machine nothing else. */
export function runArguments(request: RunRequest): string[] {
  return [
    'run',
    '--allow-precompiled',
    // Its own cache wants a home directory that can be written.
    '-C',
    'cache=n',
    '-S',
    'inherit-env=n,inherit-network=n,allow-ip-name-lookup=n,tcp=n,udp=n',
    ...guestCwd(request),
    ...memoryLimit(request),
    ...(request.timeoutMs === undefined ? [] : ['-W', `timeout=${request.timeoutMs}ms`]),
    ...request.preopens.flatMap(({ path, guest }) => ['--dir', `${path}::${guest}`]),
    ...request.env,
    ...request.preloads.flatMap(({ name, path }) => ['--preload', `${name}=${path}`]),
    `--argv0=${request.argv0}`,
    request.module,
    ...request.args,
  ]
}

/** A comma would end the option's value, and there is no way to escape it. */
function guestCwd({ version, guestCwd }: RunRequest): string[] {
  return compareVersions(version, cwdSince) < 0 || guestCwd.includes(',') ? [] : ['-S', `cwd=${guestCwd}`]
}

/**
 * The limit counts for each memory, so a module may have one only. A failed growth ends the module: most programs cannot go
 * on anyway, and only so can "out of memory" be told from an exit.
 */
function memoryLimit({ memoryLimitBytes, manyMemories }: RunRequest): string[] {
  if (memoryLimitBytes === undefined) return []
  const memories = manyMemories ? '' : ',max-memories=1,max-tables=64'
  return ['-W', `max-memory-size=${memoryLimitBytes}${memories},max-table-elements=1000000,trap-on-grow-failure=y`]
}
