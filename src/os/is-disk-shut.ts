import { isErrno } from './system-error.js'

/** Whether a write failed as there is no room, or no permission to write at all: no reason to stop for what can be done without. */
export function isDiskShut(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].some((code) => isErrno(error, code))
}
