/** A system call that failed. `code` is the errno's name (`ENOENT`), `path` is in a form for people (`quoteName`). */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: string
  readonly errno: number
  readonly syscall: string
  readonly path: string | undefined

  constructor(code: string, errno: number, syscall: string, path: string | undefined, options?: ErrorOptions) {
    super(`${code}: ${syscall}${path === undefined ? '' : ` ${path}`}`, options)
    this.code = code
    this.errno = errno
    this.syscall = syscall
    this.path = path
  }
}

/** Whether a caught value is a failed system call with this errno: a {@link SystemError} or an error of Node's own. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}

/** Whether a call failed as its path is not there any more, or no directory holds it: something else has the place of one above it. */
export function isPathGone(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') || isErrno(error, 'ELOOP')
}

/**
 * The {@link SystemError} of an error that the addon threw: its code is the errno's name, its message `<errno> <syscall>`.
 * Any other error (a wrong argument) comes back as it is.
 */
export function systemErrorFrom(error: unknown, path: string | undefined): unknown {
  if (!(error instanceof Error)) return error
  const match = /^(\d+) (\w+)$/.exec(error.message)
  if (match === null) return error
  const [, errno, syscall] = match
  return new SystemError(String((error as NodeJS.ErrnoException).code), Number(errno), String(syscall), path)
}

/** The {@link SystemError} of an error that a call of Node's own threw; any other error comes back as it is. */
export function systemErrorFromNode(error: unknown, path: string | undefined): unknown {
  if (!(error instanceof Error)) return error
  const { code, errno, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || errno === undefined || syscall === undefined) return error
  return new SystemError(code, Math.abs(errno), syscall, path, { cause: error })
}
