import type { CommandSpec } from '../command-spec.js'
import { commitCommand } from './commit.js'
import { completionCommand } from './completion.js'
import { diffCommand } from './diff.js'
import { discardCommand } from './discard.js'
import { doctorCommand } from './doctor.js'
import { execCommand } from './exec.js'
import { gcCommand } from './gc.js'
import { listCommand } from './list.js'
import { logCommand } from './log.js'
import { mountCommand } from './mount.js'
import { statusCommand } from './status.js'
import { unmountCommand } from './unmount.js'

/** In the order of `--help`. */
export const commandSpecs: readonly CommandSpec[] = [
  mountCommand,
  unmountCommand,
  listCommand,
  statusCommand,
  diffCommand,
  commitCommand,
  discardCommand,
  execCommand,
  logCommand,
  gcCommand,
  doctorCommand,
  completionCommand(() => commandSpecs),
]
