import {
  isClosed,
  isListed,
  jsonName,
  type ListedSession,
  listSessions,
  OverlayError,
  reviewSession,
  sessionState,
  sessionUsage,
} from '../../index.js'
import { recoverIfCutShort } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { recoveryJson } from '../render/recovery.js'
import { stateJson } from '../render/state.js'
import { table } from '../render/table.js'
import { sessionScope } from '../scope.js'
import { formatAge, formatBytes } from '../units.js'

interface Row {
  readonly json: Readonly<Record<string, unknown>>
  readonly cells: readonly string[]
  readonly note: string | undefined
}

export const listCommand: CommandSpec = {
  name: 'list',
  define: (command) =>
    command
      .option('--short', 'names and states only: takes no time, however many changes there are')
      .description('list the sessions of the project'),
  async run(context, { options }) {
    const scope = sessionScope(context)
    const rows: Row[] = []
    for (const listed of listSessions(context.ports, scope)) {
      rows.push(await row(context, listed, options.short !== true))
    }
    const head = ['SESSION', 'STATE', 'BACKEND', 'AGE', 'CHANGES', 'HELD']
    return {
      json: {
        project: jsonName(scope.project),
        sessions: rows.map(({ json }) => json),
        recovered: context.recovered.map(recoveryJson),
      },
      human:
        rows.length === 0
          ? ''
          : table(
              head,
              rows.map(({ cells }) => cells),
            ),
      notes: rows.length === 0 ? ['note: no sessions; `mount` makes one'] : rows.flatMap(({ note }) => note ?? []),
    }
  },
}

async function row(context: CommandContext, listed: ListedSession, isFull: boolean): Promise<Row> {
  const { id, session, problem } = listed
  if (session === undefined) {
    const json = { id, state: 'corrupt', problem: { code: problem.code, message: problem.message } }
    return { json, cells: [id, 'corrupt', '-', '-', '-', '-'], note: `warning: ${id}: ${problem.message}` }
  }
  const { backend, created } = session.record
  const ageMs = Date.now() - Date.parse(created)
  const { changes, note } = isFull ? await changeCount(context, listed) : { changes: undefined, note: undefined }
  // A commit that was cut short may have closed it when it was brought to its end.
  const state = sessionState(context.ports, session)
  const bytes = isFull ? sessionUsage(context.ports.ops, session) : undefined
  const held = { changes: changes ?? null, bytes: bytes ?? null }
  return {
    json: { id, ...stateJson(state), backend, created, ...held, merged: jsonName(session.merged) },
    cells: [
      id,
      state.state,
      backend,
      formatAge(ageMs),
      state.state === 'closed' ? '-' : `${changes ?? '?'}`,
      bytes === undefined ? '?' : formatBytes(bytes),
    ],
    note,
  }
}

interface Counted {
  readonly changes: number | undefined
  readonly note: string | undefined
}

/** A session whose upper cannot be decoded is listed all the same. */
async function changeCount(context: CommandContext, { id, session }: ListedSession): Promise<Counted> {
  if (session === undefined) return { changes: undefined, note: undefined }
  try {
    await recoverIfCutShort(context, session, 'go-on')
    if (isClosed(context.ports, session)) return { changes: 0, note: undefined }
    const { changeSet } = await reviewSession(context.ports, session, { signal: context.signal, refusals: false })
    return { changes: changeSet.changes.filter(isListed).length, note: undefined }
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code === 'ABORTED') throw error
    return { changes: undefined, note: `warning: ${id}: ${error.message} [${error.code}]` }
  }
}
