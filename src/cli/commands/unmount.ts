import { jsonName, quoteName, unmountSession } from '../../index.js'
import { chosenSession } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'

export const unmountCommand: CommandSpec = {
  name: 'unmount',
  define: (command) =>
    command.argument('[session]', 'the session').description('detach the session; its changes stay for the next mount'),
  async run(context, { operands }) {
    const chosen = chosenSession(context, operands[0])
    const { session, wasMounted } = await unmountSession(context.ports, chosen)
    return {
      json: { session: session.id, project: jsonName(session.project), wasMounted },
      notes: [
        wasMounted
          ? `note: session ${session.id} of ${quoteName(session.project)} is detached; its changes are kept`
          : `note: session ${session.id} was not mounted`,
      ],
    }
  },
}
