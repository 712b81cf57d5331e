/** The oldest wasmtime that has every option used here; scripts/wasmtime.lock holds the same number. */
export const oldestWasmtime: string = '36.0.0'

/** The version in what `wasmtime --version` prints ("wasmtime 48.0.2 (1a2b3c 2026-01-01)"); `undefined`: another program. */
export function parseWasmtimeVersion(output: string): string | undefined {
  return /^wasmtime(?:-cli)? (\d+\.\d+\.\d+)/.exec(output)?.[1]
}

/** Below 0 when `a` is older than `b`. Both are `major.minor.patch`. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  const at = left.findIndex((number, index) => number !== right[index])
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}
