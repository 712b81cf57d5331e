import type { FileOps } from '../os/file-ops.js'
import { type ProcessFacts, readProcessFacts, readSmallFile } from './process-facts.js'

export interface KernelVersion {
  readonly major: number
  readonly minor: number
  /** As `uname -r` has it. */
  readonly text: string
}

/** What decides whether, and why not, something can be mounted here. */
export interface MachineFacts extends ProcessFacts {
  readonly kernel: KernelVersion
  /** overlay is in /proc/filesystems. It may still be a module that the kernel loads when it is asked for one. */
  readonly overlay: boolean
  /** `user.max_user_namespaces`; `undefined` where the kernel has no such setting. */
  readonly maxUserNamespaces: number | undefined
  /** `kernel.unprivileged_userns_clone`, of Debian's and Arch's kernels. */
  readonly unprivilegedClone: number | undefined
  /** `kernel.apparmor_restrict_unprivileged_userns`, of Ubuntu's kernels, is on. */
  readonly appArmorRestricts: boolean
  /** Path of openagentic-holder, which an AppArmor profile has to name. */
  readonly holderProgram: string
}

export function readMachineFacts(ops: FileOps, holderProgram: string): MachineFacts {
  const number = (dir: string, name: string): number | undefined => {
    const text = readSmallFile(ops, dir, name)
    return text === undefined ? undefined : Number(text)
  }
  return {
    ...readProcessFacts(ops),
    kernel: parseKernelVersion(readSmallFile(ops, '/proc/sys/kernel', 'osrelease') ?? ''),
    overlay: /\toverlay$/m.test(readSmallFile(ops, '/proc', 'filesystems') ?? ''),
    maxUserNamespaces: number('/proc/sys/user', 'max_user_namespaces'),
    unprivilegedClone: number('/proc/sys/kernel', 'unprivileged_userns_clone'),
    appArmorRestricts: number('/proc/sys/kernel', 'apparmor_restrict_unprivileged_userns') === 1,
    holderProgram,
  }
}

export function parseKernelVersion(release: string): KernelVersion {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return { major: Number(major ?? 0), minor: Number(minor ?? 0), text: release.trim() || 'of unknown version' }
}
