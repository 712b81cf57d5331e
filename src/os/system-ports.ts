import { OverlayError } from '../errors/overlay-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { rootPath } from '../paths/rel-path.js'
import { execaRunner } from './execa-runner.js'
import type { FileOps } from './file-ops.js'
import { findHolder } from './find-holder.js'
import { fuseHost } from './fuse-host.js'
import { holderProgram } from './helper-program.js'
import { loadAddon } from './load-addon.js'
import { createFileOps } from './native-file-ops.js'
import type { NativeParts } from './native-parts.js'
import type { Ports } from './ports.js'
import { isErrno } from './system-error.js'
import { createMachine } from './system-machine.js'

/**
 * The ports onto the real system. A program that knows where its package lies says so: Node takes a while to find out.
 * @throws OverlayError `NATIVE_ADDON_MISSING`, `ADDON_ABI`, `KERNEL_TOO_OLD`
 */
export function systemPorts(parts: NativeParts = {}): Ports {
  const addon = loadAddon(parts)
  const ops = createFileOps(addon)
  checkKernel(ops)
  const holder = holderProgram(addon, () => findHolder(parts))
  return { ops, machine: createMachine(addon), runner: execaRunner(), holder, fuse: fuseHost(addon, parts) }
}

/**
 * Every call goes by `openat2`, which came with Linux 5.6. A sandbox that has never heard of it may answer EPERM.
 * @throws OverlayError `KERNEL_TOO_OLD`
 */
export function checkKernel(ops: Pick<FileOps, 'openRoot' | 'openDir' | 'close'>): void {
  const root = ops.openRoot('/' as AbsPath)
  try {
    ops.close(ops.openDir(root, rootPath))
  } catch (error) {
    if (!isErrno(error, 'ENOSYS') && !isErrno(error, 'EPERM')) throw error
    throw new OverlayError('KERNEL_TOO_OLD', 'Expected a kernel with openat2, which is Linux 5.6 or newer', {
      hint: 'In a container, its seccomp profile may be what keeps the call away: use a newer container runtime.',
      cause: error,
    })
  } finally {
    ops.close(root)
  }
}
