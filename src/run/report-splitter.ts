/** Standard error of a wasmtime process, taken apart: the guest's own bytes, and wasmtime's report at the end. */
export interface ReportSplitter {
  /** The bytes of the guest that are known by now; what may be the beginning of a report is held back. */
  push(chunk: Uint8Array): Uint8Array
  /** At the end of the stream: the last bytes of the guest, and the report if there is one. */
  end(): { readonly rest: Uint8Array; readonly report: string | undefined }
}

/** A backtrace names functions as long as the module likes: of a longer report, beginning and end are kept. */
const keptHalf = 64 * 1024

/** Once one of `beginnings` has been seen, everything from there on is the report. All of them begin with the same letter. */
export function reportSplitter(beginnings: readonly string[]): ReportSplitter {
  const markers = beginnings.map((text) => Buffer.from(text, 'utf8'))
  let held: Buffer = Buffer.alloc(0)
  let report: Buffer | undefined
  return {
    push: (chunk) => {
      if (report !== undefined) {
        report = shortened(Buffer.concat([report, chunk]))
        return chunk.subarray(0, 0)
      }
      const bytes = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk])
      const found = markers.map((marker) => bytes.indexOf(marker)).filter((at) => at !== -1)
      const cut = found.length === 0 ? beginsAt(bytes, markers) : Math.min(...found)
      if (found.length > 0) report = shortened(Buffer.from(bytes.subarray(cut)))
      held = found.length > 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(cut))
      return bytes.subarray(0, cut)
    },
    end: () => ({ rest: held, report: report?.toString('utf8') }),
  }
}

/** Where the longest end of `bytes` that may grow into a marker begins. */
function beginsAt(bytes: Buffer, markers: readonly Buffer[]): number {
  const longest = Math.max(...markers.map((marker) => marker.length))
  const letter = markers[0]?.[0] ?? 0
  let at = bytes.indexOf(letter, Math.max(0, bytes.length - longest + 1))
  while (at !== -1) {
    const tail = bytes.subarray(at)
    if (markers.some((marker) => marker.subarray(0, tail.length).equals(tail))) return at
    at = bytes.indexOf(letter, at + 1)
  }
  return bytes.length
}

function shortened(report: Buffer): Buffer {
  if (report.length <= 4 * keptHalf) return report
  return Buffer.concat([report.subarray(0, keptHalf), report.subarray(-keptHalf)])
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
