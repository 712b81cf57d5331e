import type { Write } from './context.js'

/**
 * A writer that waits for its reader, and goes quiet once the reader is gone: `diff | head` is no error (EPIPE).
 * Any other failure (a full disk behind `>`) is thrown.
 */
export function streamWriter(name: 'stdout' | 'stderr'): Write {
  let stream: NodeJS.WriteStream | undefined
  let gone = false
  let failure: Error | undefined
  // Node builds a stream at its first use; most commands write to one of them alone.
  const open = (): NodeJS.WriteStream =>
    process[name].on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') gone = true
      else failure = error
    })
  return (chunk) =>
    new Promise((resolve, reject) => {
      stream ??= open()
      if (gone) return resolve()
      if (failure !== undefined) return reject(failure)
      stream.write(chunk, (error) => {
        if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve()
        else reject(error)
      })
    })
}
