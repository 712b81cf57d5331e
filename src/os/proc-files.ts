import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer } from '../paths/bytes.js'
import { isErrno, systemErrorFromNode } from './system-error.js'

/** A file below /proc, as bytes. @throws SystemError */
export function readProcFile(path: string): ByteString {
  try {
    return bytesFromBuffer(readFileSync(path))
  } catch (error) {
    throw systemErrorFromNode(error, path)
  }
}

/** Ids of the processes that there are now. */
export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** `undefined` where the process has ended or is somebody else's. */
export function ifVisible<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch (error) {
    // EINVAL: the process has ended and nobody has waited for it yet.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL'].some((code) => isErrno(error, code))) return undefined
    throw error
  }
}

export function visibleFile(path: string): ByteString | undefined {
  return ifVisible(() => readProcFile(path))
}

export function visibleNames(path: string): string[] {
  return ifVisible(() => readdirSync(path)) ?? []
}

export function visibleLink(path: string): string | undefined {
  return ifVisible(() => readlinkSync(path))
}

/** Start time of a process that runs (field 22 of proc(5) stat); the command before it may hold spaces and parentheses. */
export function startTimeIn(stat: ByteString): bigint | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const start = fields[19]
  return start === undefined || state === 'Z' || state === 'X' ? undefined : BigInt(start)
}
