import type { CommandContext } from './context.js'

/** Now, for a line of the session's log: ISO 8601, UTC. */
export function operationTime({ ports }: CommandContext): string {
  return new Date(Number(ports.machine.realtimeNs() / 1_000_000n)).toISOString()
}
