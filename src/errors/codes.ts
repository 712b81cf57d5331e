export type ErrorKind = 'user' | 'usage' | 'conflict' | 'machine' | 'bug'

/** Exit status of a kind of error (the command line's contract). */
export const exitStatuses: Readonly<Record<ErrorKind, number>> = {
  user: 1,
  usage: 2,
  conflict: 4,
  machine: 5,
  bug: 255,
}

/**
 * Every code that a user can meet, with its kind. A code never changes its meaning; docs/errors.md explains each,
 * and a test holds the two together.
 */
export const errorKinds = {
  ABORTED: 'user',
  ADDON_ABI: 'machine',
  ALREADY_COMMITTING: 'user',
  CACHE_UNSAFE: 'user',
  COMMIT_BUSY: 'user',
  COMMIT_CONFLICT: 'conflict',
  COMMIT_FAILED: 'user',
  COMMIT_MOVED: 'user',
  COMMIT_REFUSED: 'user',
  CONFIG_INVALID: 'user',
  CONFIRMATION_NEEDED: 'user',
  DISPLACED_KEPT: 'user',
  GIT_FAILED: 'machine',
  GIT_MISSING: 'machine',
  INTERNAL: 'bug',
  JOURNAL_DAMAGED: 'user',
  JOURNAL_FOREIGN: 'user',
  KERNEL_TOO_OLD: 'machine',
  MODULE_CHANGED: 'user',
  MODULE_INVALID: 'user',
  MODULE_NOT_FOUND: 'user',
  MOUNT_BELOW: 'user',
  MOUNT_FAILED: 'machine',
  MOUNT_IN_PROJECT: 'user',
  MOUNT_UNAVAILABLE: 'machine',
  NATIVE_ADDON_MISSING: 'machine',
  NOTHING_TO_UNDO: 'user',
  NO_SUCH_CHANGE: 'user',
  NO_SUCH_SESSION: 'user',
  PATCH_INVALID: 'user',
  PATCH_REJECTED: 'user',
  PATH_INVALID: 'user',
  PROJECT_INVALID: 'user',
  SANDBOX_UNAVAILABLE: 'machine',
  SESSION_AMBIGUOUS: 'user',
  SESSION_BUSY: 'user',
  SESSION_CLOSED: 'user',
  SESSION_CORRUPT: 'user',
  SESSION_EXISTS: 'user',
  SESSION_ID_INVALID: 'user',
  SESSION_NOT_MOUNTED: 'user',
  SNAPSHOT_TOO_LARGE: 'user',
  STATE_DIR_INVALID: 'user',
  SYSTEM_CALL_FAILED: 'user',
  UPPER_FORGED: 'user',
  UPPER_UNREADABLE: 'user',
  USAGE: 'usage',
  WASMTIME_FAILED: 'machine',
  WASMTIME_MISSING: 'machine',
  WASMTIME_TOO_OLD: 'machine',
} as const

export type ErrorCode = keyof typeof errorKinds
