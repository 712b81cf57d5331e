/** What the program takes from its environment, read once here and nowhere else. */
export interface Environment {
  /** `$OPENAGENTIC_SESSION`: the session where a command names none. */
  readonly session: string | undefined
  /** Directory below which state goes that has no place in the project, as the XDG base directory specification says. */
  readonly stateHome: string
  readonly cacheHome: string
  readonly runtimeDir: string | undefined
  readonly tempDir: string
  /** `PATH`, for the programs that are looked up. */
  readonly path: string
  readonly noColor: boolean
  readonly ci: boolean
  /** `TERM`, `PAGER`, `LESS`, `LANG` and the like: what a pager needs to draw. */
  readonly terminal: Readonly<Record<string, string>>
  /** `$OPENAGENTIC_DEBUG`: a stack with every error. */
  readonly debug: boolean
  readonly wasmtime: string | undefined
}

const terminalNames = ['TERM', 'COLORTERM', 'PAGER', 'LESS', 'LESSCHARSET', 'LV', 'LANG', 'LC_ALL', 'LC_CTYPE', 'HOME']

export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const home = filled(env.HOME) ?? '/'
  return {
    session: filled(env.OPENAGENTIC_SESSION),
    stateHome: absolute(env.XDG_STATE_HOME) ?? `${home}/.local/state`,
    cacheHome: absolute(env.XDG_CACHE_HOME) ?? `${home}/.cache`,
    runtimeDir: absolute(env.XDG_RUNTIME_DIR),
    tempDir: absolute(env.TMPDIR) ?? '/tmp',
    path: filled(env.PATH) ?? '/usr/local/bin:/usr/bin:/bin',
    noColor: filled(env.NO_COLOR) !== undefined || env.TERM === 'dumb',
    ci: env.CI !== undefined && env.CI !== '' && env.CI !== 'false' && env.CI !== '0',
    terminal: pick(env, terminalNames),
    debug: filled(env.OPENAGENTIC_DEBUG) !== undefined,
    wasmtime: filled(env.OPENAGENTIC_WASMTIME),
  }
}

/** The XDG specification: a relative path there is to be ignored. */
function absolute(value: string | undefined): string | undefined {
  return value?.startsWith('/') ? value : undefined
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = env[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}
