import type { ByteString } from '../../index.js'
import { typedBytes } from '../arguments.js'
import { chosenId } from '../chosen-session.js'
import type { CommandContext } from '../context.js'
import { sessionScope } from '../scope.js'

export interface ChosenPaths {
  readonly session: string
  readonly after: readonly ByteString[] | undefined
}

/**
 * The session and the paths that a call names. A session that is not there is an error, and never taken for a path, as it is on the command line.
 * @throws OverlayError `NO_SUCH_SESSION`, `SESSION_AMBIGUOUS`, `SESSION_ID_INVALID`
 */
export function chosenPaths(
  context: CommandContext,
  { session, paths }: { readonly session?: string | undefined; readonly paths?: readonly string[] | undefined },
): ChosenPaths {
  return { session: chosenId(context, sessionScope(context), session), after: paths?.map(typedBytes) }
}
