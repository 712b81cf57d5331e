import type { OutputSink } from '../os/process-runner.js'
import type { WasiExecInput, WasiExecResult } from './wasi-input.js'

/** What `WasmtimeWasiRunner.stream` gives: output as it comes, and the result at the end. */
export type WasiEvent =
  | { readonly kind: 'stdout' | 'stderr'; readonly data: Uint8Array }
  | { readonly kind: 'end'; readonly result: WasiExecResult }

interface Offer {
  readonly event: WasiEvent
  taken(): void
}

/** Runs `exec` and hands its output on, piece by piece: at most one of each stream waits. */
export async function* streamOutput(
  exec: (input: WasiExecInput) => Promise<WasiExecResult>,
  input: WasiExecInput,
): AsyncGenerator<WasiEvent, void, undefined> {
  const stop = new AbortController()
  const signal = input.signal === undefined ? stop.signal : AbortSignal.any([input.signal, stop.signal])
  const offers: Offer[] = []
  let wake: () => void = () => undefined
  const sink = (kind: 'stdout' | 'stderr', own: OutputSink | undefined): OutputSink => {
    return async (data) => {
      await own?.(data)
      if (stop.signal.aborted) return
      await new Promise<void>((resolve) => {
        offers.push({ event: { kind, data }, taken: resolve })
        wake()
      })
    }
  }
  let ended = false
  const run = exec({
    ...input,
    signal,
    onStdout: sink('stdout', input.onStdout),
    onStderr: sink('stderr', input.onStderr),
  }).finally(() => {
    ended = true
    wake()
  })
  // Told when it is awaited below, which is later.
  run.catch(() => undefined)
  try {
    while (!ended || offers.length > 0) {
      const offer = offers.shift()
      if (offer === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
          if (ended || offers.length > 0) resolve()
        })
        continue
      }
      try {
        yield offer.event
      } finally {
        offer.taken()
      }
    }
    yield { kind: 'end', result: await run }
  } finally {
    stop.abort()
    for (const offer of offers) offer.taken()
    await run.catch(() => undefined)
  }
}
