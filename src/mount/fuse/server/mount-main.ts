/** The program behind `mount -t fuse.openagentic-overlay`. */

import { isRoot } from '../../../os/is-root.js'
import { systemPorts } from '../../../os/system-ports.js'
import { bytesFromText } from '../../../paths/bytes.js'
import { mountCommand } from '../mount-command.js'

const name = 'mount.fuse.openagentic-overlay'

async function main(): Promise<number> {
  const { fuse } = systemPorts()
  const caller = { isRoot: isRoot(), cwd: bytesFromText(process.cwd()) }
  const { status, message } = await mountCommand(fuse, process.argv.slice(2), caller)
  if (message !== '') process.stderr.write(`${name}: ${message}\n`)
  return status
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : error}\n`)
    process.exit(32)
  },
)
