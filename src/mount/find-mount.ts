import type { Machine, MountInfo } from '../os/machine.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { coverSource, fuseType, mountSource } from './mount-source.js'

/** Our mount at `mountPoint` as a process sees it; `undefined` when there is none, or no such process. */
export function findMount(machine: Machine, pid: number | 'self', mountPoint: AbsPath): MountInfo | undefined {
  return mountsOf(machine, pid).findLast((mount) => mount.mountPoint === mountPoint && isOurs(mount))
}

/** Whether a mount that a process sees lies in the cover that the holder makes in a namespace of its own. */
export function isCovered(machine: Machine, pid: number, mount: MountInfo): boolean {
  return mountsOf(machine, pid).some(({ id, fsType, source }) => {
    return id === mount.parentId && fsType === 'tmpfs' && source === coverSource
  })
}

/** Mount points below a directory, in our mount namespace. */
export function mountsBelow(machine: Machine, dir: AbsPath): AbsPath[] {
  const prefix = dir === '/' ? '/' : `${dir}/`
  return machine.mountInfo('self').flatMap(({ mountPoint }) => (mountPoint.startsWith(prefix) ? mountPoint : []))
}

export function isOurs(mount: MountInfo): boolean {
  return (mount.fsType === 'overlay' || isServed(mount)) && mount.source === mountSource
}

/** Whether a process answers for the mount: when it has died, whoever uses the mount is told ENOTCONN. */
export function isServed(mount: MountInfo): boolean {
  return mount.fsType === fuseType
}

function mountsOf(machine: Machine, pid: number | 'self'): MountInfo[] {
  try {
    return machine.mountInfo(pid)
  } catch (error) {
    // It ended between two looks; EINVAL while it is ending and has no mount namespace any more.
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH') || isErrno(error, 'EINVAL')) return []
    throw error
  }
}
