/**
 * Runs a library module as a program: the module itself is preloaded under `name`, the `imports` it needs beside WASI before
 * it, and `program` holds the `_start` that calls its exports.
 */
export interface Adapter {
  readonly name: string
  /** An export that marks the modules it is for. */
  readonly mark: string
  /** WebAssembly text of the module that provides `imports`, all of them. */
  readonly provider: string
  readonly imports: readonly string[]
  /** WebAssembly text of the program. */
  readonly program: string
}
