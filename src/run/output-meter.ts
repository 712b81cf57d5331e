import type { OutputSink } from '../os/process-runner.js'
import { byteCollector } from './byte-collector.js'

export interface MeteredOutput {
  /** Hands bytes on, as far as the limit allows. */
  readonly write: OutputSink
  /** What was written, if it was to be collected. */
  collected(): Uint8Array | undefined
  /** Some of it was cut off. */
  truncated(): boolean
}

export interface OutputMeter {
  /** Past a limit of its own the rest of the stream is dropped, and nothing else happens. */
  stream(sink: OutputSink | undefined, collect: boolean, ownLimitBytes?: number): MeteredOutput
}

/** Counts what several streams write together; past `limitBytes` the rest is dropped and `onLimit` called, once. */
export function outputMeter(limitBytes: number | undefined, onLimit: () => void): OutputMeter {
  let room = limitBytes ?? Number.POSITIVE_INFINITY
  let exceeded = false
  const admit = (chunk: Uint8Array): Uint8Array => {
    const admitted = chunk.length <= room ? chunk : chunk.subarray(0, room)
    room -= admitted.length
    if (admitted.length < chunk.length && !exceeded) {
      exceeded = true
      onLimit()
    }
    return admitted
  }
  return {
    stream: (sink, collect, ownLimitBytes = Number.POSITIVE_INFINITY) => {
      const kept = collect ? byteCollector() : undefined
      let ownRoom = ownLimitBytes
      let truncated = false
      return {
        write: (chunk) => {
          const admitted = admit(chunk.length <= ownRoom ? chunk : chunk.subarray(0, ownRoom))
          ownRoom -= admitted.length
          truncated ||= admitted.length < chunk.length
          if (admitted.length === 0) return undefined
          kept?.add(admitted)
          return sink?.(admitted)
        },
        collected: () => kept?.bytes(),
        truncated: () => truncated,
      }
    },
  }
}
