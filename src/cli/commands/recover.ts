import { jsonName, recoverCommit } from '../../index.js'
import { chosenSession } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import { recoveryJson, recoveryText, recoveryWarnings } from '../render/recovery.js'
import { logRecovery } from '../tell-recovery.js'

export const recoverCommand: CommandSpec = {
  name: 'recover',
  define: (command) =>
    command.argument('[session]', 'the session').description('finish or roll back a commit or undo that was cut short'),
  async run(context, { operands }) {
    const session = chosenSession(context, operands[0], 'take')
    const recovery = await recoverCommit(context.ports, session)
    const json = { session: session.id, project: jsonName(session.project) }
    if (recovery === undefined) return { json: { ...json, recovered: null }, human: 'nothing to recover\n' }
    const recovered = { session, recovery }
    await logRecovery(context, recovered)
    return {
      json: { ...json, recovered: recoveryJson(recovered) },
      human: `${recoveryText(recovered)}\n`,
      errors: recoveryWarnings(recovered),
    }
  },
}
