import { OverlayError } from '../../src/errors/overlay-error.js'

/** `ok`, or the code of the OverlayError that a call ends with; any other error goes up. */
export async function codeIn(call: Promise<unknown> | undefined): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof OverlayError) return error.code
    throw error
  }
}
