import { type LogEntry, readLog } from '../../index.js'
import { chosenSession } from '../chosen-session.js'
import type { CommandSpec } from '../command-spec.js'
import { localTime } from '../local-time.js'

export const logCommand: CommandSpec = {
  name: 'log',
  define: (command) =>
    command.argument('[session]', 'the session').description('show what ran in the session, and what it changed'),
  run(context, { operands }) {
    const session = chosenSession(context, operands[0], 'take')
    const entries = readLog(context.ports.ops, session.dir)
    return Promise.resolve({
      json: { session: session.id, entries },
      human: entries.map((entry) => `${logLine(entry)}\n`).join(''),
    })
  },
}

/** `2026-01-02 03:04:05  exec  module=x.wasm exit=0`: the time is the machine's own. */
function logLine({ at, operation, details }: LogEntry): string {
  const facts = Object.entries(details)
    .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name}=${factText(value)}`)
  return [localTime(at), operation.padEnd(8), ...facts].join('  ').trimEnd()
}

/** A value in one word: quoted where it holds anything but plain characters. */
function factText(value: unknown): string {
  if (Array.isArray(value)) return value.map(factText).join(' ')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w./:@%+,=-]+$/.test(text) ? text : JSON.stringify(text)
}
