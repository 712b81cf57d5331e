import { readFileSync, readlinkSync } from 'node:fs'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bytesFromBuffer, bytesFromText } from '../paths/bytes.js'
import { absPath } from '../paths/rel-path.js'

/**
 * The program's own arguments as raw bytes. `process.argv` is decoded as UTF-8 and loses every other byte, so
 * the last fields of `/proc/self/cmdline` are read; where proc is not mounted, `process.argv` has to do.
 */
export function programArguments(): ByteString[] {
  const decoded = process.argv.slice(2)
  const fields = commandLine()
  if (fields === undefined || fields.length < decoded.length) return decoded.map(bytesFromText)
  return decoded.length === 0 ? [] : fields.slice(-decoded.length)
}

function commandLine(): ByteString[] | undefined {
  const raw = procFile(() => bytesFromBuffer(readFileSync('/proc/self/cmdline')))
  return raw?.replace(/\0$/, '').split('\0') as ByteString[] | undefined
}

/** The working directory as raw bytes. */
export function workingDirectory(): AbsPath {
  const link = procFile(() => bytesFromBuffer(readlinkSync('/proc/self/cwd', 'buffer')))
  return absPath(link ?? bytesFromText(process.cwd()))
}

function procFile(read: () => ByteString): ByteString | undefined {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
