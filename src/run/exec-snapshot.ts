import type { FileOps } from '../os/file-ops.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { execModule } from './exec-module.js'
import type { ExecOptions, ExecResult } from './exec-options.js'
import type { FilesAfter } from './files-after.js'
import { type DifferenceLimits, readDifference } from './read-difference.js'
import type { RunPorts } from './run-ports.js'
import { makeScratchDir } from './scratch-dir.js'
import { type SnapshotFiles, writeSnapshot } from './snapshot-files.js'

export interface SnapshotOutcome {
  readonly result: ExecResult
  readonly after: FilesAfter
}

const workspaceName = 'workspace' as ByteString
const stampName = 'stamp' as ByteString

/**
 * Runs a module on files that are written out for it, and gives what changed. Nothing stays behind in `scratch`.
 * @throws OverlayError as `execModule`, and `SNAPSHOT_TOO_LARGE`
 */
export async function execSnapshot(
  ports: RunPorts,
  options: ExecOptions,
  files: SnapshotFiles,
  scratch: AbsPath,
  limits: DifferenceLimits,
): Promise<SnapshotOutcome> {
  const { ops } = ports
  const dir = makeScratchDir(ops, scratch)
  try {
    const merged = dir.make(workspaceName)
    const root = ops.openRoot(merged)
    try {
      const written = await writeSnapshot(ops, root, files, options.signal)
      const startNs = stampOf(ops, dir.make(stampName))
      const result = await execModule(ports, { ...options, merged })
      return { result, after: await readDifference(ops, root, { written, dirs: files.dirs }, startNs, limits) }
    } finally {
      ops.close(root)
    }
  } finally {
    dir.remove()
  }
}

/** The clock of the file system, as it stamps what is made now. */
function stampOf(ops: FileOps, made: AbsPath): bigint {
  const fd = ops.openRoot(made)
  try {
    return ops.statFd(fd).ctimeNs
  } finally {
    ops.close(fd)
  }
}
