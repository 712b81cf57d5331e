import type { OutputSink } from '../os/process-runner.js'

export interface MeteredOutput {
  /** Hands bytes on, as far as the limit allows. */
  readonly write: OutputSink
  /** What was written, if it was to be collected. */
  collected(): Uint8Array | undefined
  /** Some of it was cut off. */
  truncated(): boolean
}

export interface OutputMeter {
  stream(sink: OutputSink | undefined, collect: boolean): MeteredOutput
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
    stream: (sink, collect) => {
      const chunks: Uint8Array[] = []
      let truncated = false
      return {
        write: (chunk) => {
          const admitted = admit(chunk)
          truncated ||= admitted.length < chunk.length
          if (admitted.length === 0) return undefined
          if (collect) chunks.push(admitted)
          return sink?.(admitted)
        },
        collected: () => (collect ? new Uint8Array(Buffer.concat(chunks)) : undefined),
        truncated: () => truncated,
      }
    },
  }
}
