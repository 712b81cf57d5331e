import { OverlayError } from '../index.js'

/** Bytes: a patch of more is no patch that a person has looked at. */
const largest = 2 ** 28

/**
 * All of standard input.
 * @throws OverlayError `ABORTED`, `PATCH_INVALID` when there is too much of it
 */
export async function readStdin(signal: AbortSignal): Promise<Uint8Array> {
  const { stdin } = process
  const stop = (): void => void stdin.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    if (!signal.aborted) {
      for await (const piece of stdin as AsyncIterable<Uint8Array>) {
        size += piece.length
        if (size > largest) throw tooLarge()
        pieces.push(piece)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  if (signal.aborted) throw new OverlayError('ABORTED', 'Interrupted while the patch was read')
  return Buffer.concat(pieces)
}

function tooLarge(): OverlayError {
  return new OverlayError('PATCH_INVALID', `Expected a patch of at most ${largest} bytes on standard input, got more`, {
    hint: 'Name the large files as paths instead.',
  })
}
