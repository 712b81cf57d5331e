const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

export interface Interrupt {
  readonly signal: AbortSignal
  /** Exit status of a process that the received signal ended, as a shell reports it; `undefined` before one came. */
  status(): number | undefined
}

/** Turns Ctrl-C and its like into an abort, so that every command ends in order. A second one ends the process at once. */
export function watchInterrupts(): Interrupt {
  const controller = new AbortController()
  let status: number | undefined
  for (const [name, number] of Object.entries(numbers)) {
    const interrupt = (): void => {
      if (status === undefined) {
        status = 128 + number
        controller.abort()
      } else {
        process.off(name, interrupt)
        process.kill(process.pid, name)
      }
    }
    // Not `once`: execa listens too while a program runs, and ends the process where it finds itself the only listener.
    process.on(name, interrupt)
  }
  return { signal: controller.signal, status: () => status }
}
