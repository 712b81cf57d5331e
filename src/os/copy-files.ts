import type { ByteString } from '../paths/byte-string.js'
import { packCopyRows } from './copy-rows.js'
import { packXattrs } from './encode-xattrs.js'
import type { CopiedFile, CopyJob } from './file-ops.js'
import type { Addon } from './load-addon.js'
import type { Copied, CopyFailure } from './native-addon.js'
import { stoppedOnRequest } from './pace.js'
import { pathOf } from './path-of.js'
import { SourceMoved } from './source-moved.js'
import { systemErrorFrom } from './system-error.js'

/** Milliseconds between two reports of progress. */
const reportEvery = 50

/** Files in one call of the addon: memory stays bounded, and the caller hears of what is made while the next are copied. */
const mostInCall = 1 << 11

/** `FileOps.copyFiles` by threads of the addon. */
export async function copyFilesByThreads(addon: Addon, job: CopyJob, most: number = mostInCall): Promise<CopiedFile[]> {
  const { files, signal, onProgress, onCopied } = job
  if (signal?.aborted === true) throw stoppedOnRequest(signal)
  // The first word asks the threads to stop, the second counts files; the memory of a buffer of its own stays in place.
  const control = new Int32Array(new ArrayBuffer(8))
  const stop = (): void => void Atomics.store(control, 0, 1)
  signal?.addEventListener('abort', stop)
  const timer = onProgress && setInterval(() => onProgress(Atomics.load(control, 1)), reportEvery)
  const copied: CopiedFile[] = []
  const startNext = (first: number): Running | undefined => {
    if (first >= files.length) return undefined
    const part = { ...job, files: files.slice(first, first + most) }
    return { first, part, answer: start(addon, part, control) }
  }
  let running: Running | undefined
  try {
    running = startNext(0)
    while (running !== undefined) {
      const { first, part, answer } = running
      const { rows, failure } = await answer
      running = failure ? undefined : startNext(first + part.files.length)
      if (failure) throw errorOf(failure, part, first)
      for (let at = 0; at < rows.length; at += 2) {
        copied.push({ ino: rows[at] as bigint, ctimeNs: BigInt.asIntN(64, rows[at + 1] as bigint) })
      }
      onCopied?.(first, copied.slice(first))
    }
    onProgress?.(copied.length)
    return copied
  } finally {
    stop()
    await running?.answer
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** A call that has not answered yet. */
interface Running {
  readonly first: number
  readonly part: CopyJob
  readonly answer: Promise<Copied>
}

function start(addon: Addon, job: CopyJob, control: Int32Array): Promise<Copied> {
  const { fromRoot, toRoot, files, startWriteback = false, threads = 0 } = job
  try {
    return addon.copyFiles(
      fromRoot,
      toRoot,
      files.map(({ from, to }) => `${from}\0${to}\0`).join('') as ByteString,
      packCopyRows(files),
      packXattrs(files.map(({ attributes }) => attributes.xattrs)),
      control,
      threads,
      startWriteback,
    )
  } catch (error) {
    throw systemErrorFrom(error, undefined)
  }
}

/** `before`: files of earlier calls. */
function errorOf({ index, reason, code, message }: CopyFailure, job: CopyJob, before: number): unknown {
  if (reason === 'stopped') return stoppedOnRequest(job.signal)
  if (reason === 'moved') return new SourceMoved(before + index)
  const file = job.files[index]
  const path = reason === 'from' ? pathOf(job.fromRoot, file?.from) : pathOf(job.toRoot, file?.to)
  return systemErrorFrom(Object.assign(new Error(message), { code }), path)
}
