import type { Write } from './context.js'

/**
 * A writer that waits for its reader, and goes quiet once the reader is gone: `diff | head` is no error (EPIPE).
 * Any other failure (a full disk behind `>`) is thrown.
 */
export function streamWriter(stream: NodeJS.WriteStream): Write {
  let gone = false
  let failure: Error | undefined
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') gone = true
    else failure = error
  })
  return (chunk) =>
    new Promise((resolve, reject) => {
      if (gone) return resolve()
      if (failure !== undefined) return reject(failure)
      stream.write(chunk, (error) => {
        if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve()
        else reject(error)
      })
    })
}
