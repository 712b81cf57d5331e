import type { ByteString } from '../paths/byte-string.js'
import { packCopyRows } from './copy-rows.js'
import { packXattrs } from './encode-xattrs.js'
import type { CopiedFile, CopyJob, FileToCopy } from './file-ops.js'
import { inParts } from './in-parts.js'
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
export async function copyFilesByThreads(addon: Addon, job: CopyJob, most: number = mostInCall): Promise<void> {
  const { signal, onProgress, onCopied } = job
  if (signal?.aborted === true) throw stoppedOnRequest(signal)
  // The first word asks the threads to stop, the second counts files; the memory of a buffer of its own stays in place.
  const control = new Int32Array(new ArrayBuffer(8))
  const stop = (): void => void Atomics.store(control, 0, 1)
  signal?.addEventListener('abort', stop)
  const timer = onProgress && setInterval(() => onProgress(Atomics.load(control, 1)), reportEvery)
  const parts = inParts(job.files, most)
  const startNext = (first: number): Running | undefined => {
    const { done, value: files } = parts.next()
    return done === true ? undefined : { first, files, answer: start(addon, job, files, control) }
  }
  let running: Running | undefined
  let made = 0
  try {
    running = startNext(0)
    while (running !== undefined) {
      const { first, files, answer } = running
      const { rows, failure } = await answer
      running = undefined
      if (failure) throw errorOf(failure, job, { first, files })
      made = first + files.length
      running = startNext(made)
      onCopied?.(first, copiedFiles(rows))
    }
    onProgress?.(made)
  } finally {
    stop()
    await running?.answer
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
}

interface Part {
  readonly first: number
  readonly files: readonly FileToCopy[]
}

/** A call that has not answered yet. */
interface Running extends Part {
  readonly answer: Promise<Copied>
}

function copiedFiles(rows: BigUint64Array): CopiedFile[] {
  const copied: CopiedFile[] = []
  for (let at = 0; at < rows.length; at += 2) {
    copied.push({ ino: rows[at] as bigint, ctimeNs: BigInt.asIntN(64, rows[at + 1] as bigint) })
  }
  return copied
}

function start(addon: Addon, job: CopyJob, files: Part['files'], control: Int32Array): Promise<Copied> {
  const { fromRoot, toRoot, startWriteback = false, threads = 0 } = job
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

function errorOf({ index, reason, code, message }: CopyFailure, job: CopyJob, { first, files }: Part): unknown {
  if (reason === 'stopped') return stoppedOnRequest(job.signal)
  if (reason === 'moved') return new SourceMoved(first + index)
  const file = files[index]
  const path = reason === 'from' ? pathOf(job.fromRoot, file?.from) : pathOf(job.toRoot, file?.to)
  return systemErrorFrom(Object.assign(new Error(message), { code }), path)
}
