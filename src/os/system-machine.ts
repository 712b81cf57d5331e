import type { Addon } from './load-addon.js'
import type { Machine } from './machine.js'
import { mountUsers } from './mount-users.js'
import { parseMountInfo } from './parse-mount-info.js'
import { readProcFile, startTimeIn, visibleFile } from './proc-files.js'
import { isErrno, systemErrorFromNode } from './system-error.js'

/** {@link Machine} by /proc and the native addon's clocks. */
export function createMachine(addon: Addon): Machine {
  return {
    realtimeNs: () => addon.realtimeNs(),
    boottimeNs: () => addon.boottimeNs(),
    bootId: () => readProcFile('/proc/sys/kernel/random/boot_id').trim(),
    processStart(pid) {
      const stat = visibleFile(`/proc/${pid}/stat`)
      return stat === undefined ? undefined : startTimeIn(stat)
    },
    mountInfo: (pid) => parseMountInfo(readProcFile(`/proc/${pid}/mountinfo`)),
    mountUsers: (mount) => mountUsers(addon, mount),
    signal: sendSignal,
  }
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false
    throw systemErrorFromNode(error, undefined)
  }
}
