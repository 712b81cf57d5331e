import { OverlayError } from '../errors/overlay-error.js'

declare const brand: unique symbol

/** Name of a session, `[a-z0-9][a-z0-9._-]{0,63}`: safe as a file name and on a command line. Made by {@link sessionId}. */
export type SessionId = string & { readonly [brand]: 'session-id' }

/** @throws OverlayError `SESSION_ID_INVALID` */
export function sessionId(text: string): SessionId {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text)) return text as SessionId
  throw new OverlayError(
    'SESSION_ID_INVALID',
    `Expected a session id of 1 to 64 characters out of a-z, 0-9, ".", "_", "-" that starts with a letter or digit, got ${JSON.stringify(text)}`,
    {
      hint: 'Choose an id such as "fix-login", or leave it out to have one made.',
    },
  )
}
