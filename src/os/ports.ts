import type { FileOps } from './file-ops.js'
import type { FuseHost } from './fuse-host.js'
import type { HelperProgram } from './helper-program.js'
import type { Machine } from './machine.js'
import type { ProcessRunner } from './process-runner.js'

/** Everything that the code above needs of the system. */
export interface Ports {
  readonly ops: FileOps
  readonly machine: Machine
  readonly runner: ProcessRunner
  /** openagentic-holder, which mounts. */
  readonly holder: HelperProgram
  /** What it takes to mount by FUSE. */
  readonly fuse: FuseHost
}
