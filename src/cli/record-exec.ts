import {
  appendLog,
  type ByteString,
  type ExecResult,
  isListed,
  jsonName,
  OverlayError,
  reviewSession,
  type Session,
  sessionChangesSince,
} from '../index.js'
import type { CommandContext } from './context.js'
import { changeJson } from './render/change.js'
import { count } from './units.js'

/** Paths that a line of the log names; it has the number of all. */
const loggedPaths = 50

export interface Aftermath {
  readonly json: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/**
 * What a module changed, for the log and for `--json`. The review also fingerprints what the session built upon,
 * while the project is still known to be clean there.
 */
export async function recordExec(
  { ports }: CommandContext,
  session: Session,
  argv: readonly ByteString[],
  result: ExecResult,
  startNs: bigint,
): Promise<Aftermath> {
  const { ended, exitCode, durationMs } = result
  const at = new Date(Number(startNs / 1_000_000n)).toISOString()
  const facts = { argv: argv.map(jsonName), ended, exitStatus: exitCode, durationMs: Math.round(durationMs) }
  try {
    const { changeSet } = await reviewSession(ports, session, { refusals: false })
    const changed = sessionChangesSince(ports, session, changeSet.changes, startNs).filter(isListed)
    const paths = changed.slice(0, loggedPaths).map(({ path }) => jsonName(path))
    const details = { ...facts, changed: changed.length, ...(paths.length === 0 ? {} : { paths }) }
    await appendLog(ports.ops, session.dir, { at, operation: 'exec', details })
    return {
      json: { changes: changed.map(changeJson) },
      notes: changed.length === 0 ? [] : [`note: the module made ${count(changed.length, 'change')}`],
    }
  } catch (error) {
    // The module has run: its exit status is the answer, whatever its traces look like.
    if (!(error instanceof OverlayError)) throw error
    await appendLog(ports.ops, session.dir, { at, operation: 'exec', details: { ...facts, problem: error.code } })
    return { json: { changes: null }, notes: [`warning: ${error.message} [${error.code}]`] }
  }
}
