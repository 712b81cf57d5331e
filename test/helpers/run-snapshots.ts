import { type WasiRunnerOptions, WasmtimeWasiRunner } from '../../src/run/wasi-runner.js'

export interface SnapshotOrder {
  readonly options: WasiRunnerOptions
  readonly path: string
  readonly argv: readonly string[]
  readonly times: number
}

/** A process of its own that runs a module on snapshots, one after the other, and tells how each ended. */
const { options, path, argv, times } = JSON.parse(process.argv[2] ?? '') as SnapshotOrder

const runner = new WasmtimeWasiRunner(options)
const files = { file: new Uint8Array(Buffer.from('content')) }
for (let round = 0; round < times; round += 1) {
  const { ended, exitCode } = await runner.execModule({ module: { kind: 'path', path }, argv, fs: { files } })
  process.stdout.write(`${ended} ${exitCode}\n`)
}
