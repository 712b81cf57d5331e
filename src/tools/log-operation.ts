import type { Ports } from '../os/ports.js'
import { SystemError } from '../os/system-error.js'
import { appendLog } from '../session/log.js'
import { now } from '../session/mount-record.js'
import type { Session } from '../session/session.js'

/** What was done is done, whether the log has room for it or not. */
export async function logOperation(
  ports: Ports,
  { dir }: Session,
  operation: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    await appendLog(ports.ops, dir, { at: now(ports), operation, details })
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
  }
}
