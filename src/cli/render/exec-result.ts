import { bytesFromBuffer, type ExecResult, jsonName } from '../../index.js'

/** How a module ended, and what it printed where that was collected. */
export function execResultJson(result: ExecResult): Record<string, unknown> {
  const { ended, exitCode, signal, trap, durationMs, stdout, stderr, stdoutTruncated, stderrTruncated } = result
  const text = (bytes: Uint8Array | undefined): string => (bytes === undefined ? '' : jsonName(bytesFromBuffer(bytes)))
  return {
    ended,
    exitStatus: exitCode,
    signal: signal ?? null,
    trap: trap ?? null,
    durationMs: Math.round(durationMs),
    stdout: text(stdout),
    stderr: text(stderr),
    stdoutTruncated,
    stderrTruncated,
  }
}
