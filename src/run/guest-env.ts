import { OverlayError } from '../errors/overlay-error.js'

/**
 * Names that the loader, the C library or the Rust runtime of wasmtime itself would act on, `LD_PRELOAD` first of all; and `PWD`,
 * which a sandbox around it sets anew.
 * The C library's list is that of variables it drops in setuid programs (ld.so(8), "Secure-execution mode").
 */
const hostNames =
  /^(?:LD_|DYLD_|GLIBC_|MALLOC_|RUST|RAYON_|TOKIO_|WASMTIME|XDG_|(?:GCONV_PATH|GETCONF_DIR|HOME|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|OLDPWD|PATH|PWD|RESOLV_HOST_CONF|RES_OPTIONS|TMPDIR|TZDIR)$)/

export interface GuestEnv {
  /** `--env` options. */
  readonly args: readonly string[]
  /** The environment of the wasmtime process. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Hands variables to the guest. Their values go through the environment of the wasmtime process, because a command line can
 * be read by every user of the machine; only those that would change what wasmtime does go on the command line.
 * @throws OverlayError `USAGE` for a name that is empty or holds `=` or NUL
 */
export function guestEnv(variables: Readonly<Record<string, string>>): GuestEnv {
  const args: string[] = []
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(variables)) {
    if (name === '' || /[=\0]/.test(name) || value.includes('\0')) {
      throw new OverlayError(
        'USAGE',
        `Expected an environment variable NAME=VALUE, got ${JSON.stringify(name)} as a name`,
      )
    }
    if (hostNames.test(name)) args.push('--env', `${name}=${value}`)
    else {
      args.push('--env', name)
      env[name] = value
    }
  }
  return { args, env }
}
