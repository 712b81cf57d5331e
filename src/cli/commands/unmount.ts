import { jsonName, OverlayError, quoteName, type Session, unmountSession } from '../../index.js'
import { chosenSession, recoverIfCutShort } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'

export const unmountCommand: CommandSpec = {
  name: 'unmount',
  define: (command) =>
    command.argument('[session]', 'the session').description('detach the session; its changes stay for the next mount'),
  async run(context, { operands }) {
    const chosen = chosenSession(context, operands[0])
    const warnings = await recoverIfPossible(context, chosen)
    const { session, wasMounted } = await unmountSession(context.ports, chosen)
    return {
      json: { session: session.id, project: jsonName(session.project), wasMounted },
      errors: warnings,
      notes: [
        wasMounted
          ? `note: session ${session.id} of ${quoteName(session.project)} is detached; its changes are kept`
          : `note: session ${session.id} was not mounted`,
      ],
    }
  },
}

/** A session can be detached whatever its journal is like: nothing is lost with it. Returns warnings. */
async function recoverIfPossible(context: CommandContext, session: Session): Promise<string[]> {
  try {
    await recoverIfCutShort(context, session, 'refuse')
    return []
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code === 'ALREADY_COMMITTING') throw error
    return [`warning: ${error.message} [${error.code}]`]
  }
}
