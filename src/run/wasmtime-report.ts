/** What can go wrong with a run, as wasmtime's own words tell. */
export type ReportKind =
  /** The compiled code does not fit this machine or this wasmtime, or is damaged: the guest never ran. */
  | 'unloadable'
  /** It asks for imports that WASI does not have: the guest never ran. */
  | 'unlinkable'
  | 'out-of-memory'
  /** wasmtime's own time limit. */
  | 'interrupt'
  | 'trap'

export interface Report {
  readonly kind: ReportKind
  /** The innermost cause, one line or a few: "wasm trap: integer divide by zero". */
  readonly message: string
}

/**
 * The texts that a failure report of wasmtime begins with, for a module and its preloads at these paths.
 * Fixed in wasmtime since 36; the tests hold the pinned version to it.
 */
export function reportBeginnings(
  module: string,
  preloads: readonly { readonly name: string; readonly path: string }[],
): string[] {
  return [
    `Error: failed to run main module \`${module}\``,
    `Error: failed deserialization for: ${module}`,
    `Error: failed to parse \`${module}\``,
    `Error: failed to open wasm module "${module}"`,
    ...preloads.map(({ name, path }) => `Error: failed to process preload \`${name}\` at \`${path}\``),
  ]
}

/**
 * Reads a failure report. The backtrace in it holds function names that the module chose, so only the first line, the
 * first cause and the last cause count: those are wasmtime's own.
 */
export function parseReport(text: string): Report {
  const causes = text.trimEnd()
  const first = /\nCaused by:\n\s+(?:0: )?(.*)/.exec(causes)?.[1] ?? ''
  const message = /^[\s\S]*\n +\d+: ([\s\S]*)$/.exec(causes)?.[1]?.trim() ?? (first || causes)
  return { kind: kindOf(text, first, message), message: plain(message) }
}

const outOfMemory =
  /^forcing trap when growing (?:memory|table)|exceeds (?:memory|table) limits$|^resource limit exceeded: (?:memory|table) count/

function kindOf(text: string, first: string, message: string): ReportKind {
  if (!/^Error: failed to (?:run main module|process preload)/.test(text)) return 'unloadable'
  if (/^failed deserialization for|^failed to parse/.test(first)) return 'unloadable'
  if (outOfMemory.test(message)) return 'out-of-memory'
  if (/^(?:wasm trap: )?interrupt/.test(message)) return 'interrupt'
  if (/^unknown import|^incompatible import type/.test(message)) return 'unlinkable'
  return 'trap'
}

function plain(message: string): string {
  return /^exit with invalid exit status/.test(message)
    ? 'the module asked for an exit status above 125, which WASI does not allow'
    : message.replace(/^wasm trap: /, '')
}
