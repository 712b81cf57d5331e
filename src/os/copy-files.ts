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

/** `FileOps.copyFiles` by threads of the addon. */
export async function copyFilesByThreads(addon: Addon, job: CopyJob): Promise<CopiedFile[]> {
  const { files, signal, onProgress } = job
  if (signal?.aborted === true) throw stoppedOnRequest(signal)
  // The first word asks the threads to stop, the second counts files; the memory of a buffer of its own stays in place.
  const control = new Int32Array(new ArrayBuffer(8))
  const stop = (): void => void Atomics.store(control, 0, 1)
  signal?.addEventListener('abort', stop)
  const timer = onProgress && setInterval(() => onProgress(Atomics.load(control, 1)), reportEvery)
  try {
    const { rows, failure } = await start(addon, job, control)
    if (failure) throw errorOf(failure, job)
    onProgress?.(files.length)
    return files.map((_, index) => ({
      ino: rows[2 * index] as bigint,
      ctimeNs: BigInt.asIntN(64, rows[2 * index + 1] as bigint),
    }))
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', stop)
  }
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

function errorOf({ index, reason, code, message }: CopyFailure, job: CopyJob): unknown {
  if (reason === 'stopped') return stoppedOnRequest(job.signal)
  if (reason === 'moved') return new SourceMoved(index)
  // A failure of no file in particular is one of the file system that they go to.
  const file = job.files[index]
  const path = reason === 'from' ? pathOf(job.fromRoot, file?.from) : pathOf(job.toRoot, file?.to)
  return systemErrorFrom(Object.assign(new Error(message), { code }), path)
}
