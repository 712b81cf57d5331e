import type { FileOps } from '../os/file-ops.js'
import type { ProcessRunner } from '../os/process-runner.js'

/** What running a module needs of the system. */
export interface RunPorts {
  readonly ops: FileOps
  readonly runner: ProcessRunner
}
