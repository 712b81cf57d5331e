import { type AbsPath, jsonName, OverlayError } from '../../index.js'
import type { CommandContext } from '../context.js'
import type { ProgressLine } from '../progress.js'
import type { Terminal } from '../terminal.js'

export interface CallFacts {
  readonly project: AbsPath
  readonly signal: AbortSignal
  readonly progress: ProgressLine
}

/** What a command gets that a call runs: the one project, nobody to ask, and no standard stream of its own. */
export function callContext(server: CommandContext, { project, signal, progress }: CallFacts): CommandContext {
  return {
    ...server,
    globals: { project: jsonName(project), json: true, quiet: true },
    terminal: nobody,
    progress,
    signal,
    recovered: [],
    out: () => Promise.resolve(),
    err: () => Promise.resolve(),
  }
}

const nobody: Terminal = {
  interactive: false,
  paged: false,
  coloured: false,
  progress: false,
  colouredQuestions: false,
  confirm: () => Promise.reject(nobodyToAsk()),
  openQuestions: () => Promise.reject(nobodyToAsk()),
}

function nobodyToAsk(): OverlayError {
  return new OverlayError('CONFIRMATION_NEEDED', 'Expected nothing to ask about: a call of a tool has nobody to ask')
}
