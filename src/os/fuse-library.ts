import { closeSync, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { AbsPath } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { NativeParts } from './native-parts.js'
import { isErrno } from './system-error.js'

/** What a server needs of the system that has fuse-native mount for it. */
export interface FuseLibrary {
  /** Loads the libfuse that comes with fuse-native, before it asks for one: what is loaded under that name is not looked for on the machine. */
  preload(): void
  /** Runs `call` with `dir` as the working directory, so that no path of it has to be told. */
  inDirectory<T>(dir: AbsPath, call: () => Promise<T>): Promise<T>
  /** The descriptor of /dev/fuse that this process has open; `undefined`: none. */
  device(): number | undefined
  isDevice(fd: number): boolean
}

/** RTLD_LAZY, and RTLD_NODELETE: Node closes what turns out to be no addon. */
const keepLoaded = 0x1 | 0x1000

export function fuseLibrary(parts: NativeParts): FuseLibrary {
  return {
    preload() {
      const dir = findFuseNative(parts)
      if (dir === undefined) return
      try {
        process.dlopen({ exports: {} }, join(dir, 'prebuilds', `linux-${process.arch}`, 'libfuse.so'), keepLoaded)
      } catch (error) {
        // It is no addon; or there is none, which fuse-native will say.
        if (!isErrno(error, 'ERR_DLOPEN_FAILED')) throw error
      }
    },
    async inDirectory(dir, call) {
      const fd = openSync(bufferFromBytes(dir), 'r')
      try {
        process.chdir(`/proc/self/fd/${fd}`)
        return await call()
      } finally {
        process.chdir('/')
        closeSync(fd)
      }
    },
    device: () => readdirSync('/proc/self/fd').map(Number).find(isDevice),
    isDevice,
  }
}

/** Directory of the package fuse-native, which is there only where it could be installed. */
export function findFuseNative({ packageDir }: NativeParts): string | undefined {
  const { resolve } = createRequire(packageDir === undefined ? import.meta.url : `${packageDir}/package.json`)
  try {
    return dirname(resolve('fuse-native/package.json'))
  } catch (error) {
    if (isErrno(error, 'MODULE_NOT_FOUND')) return undefined
    throw error
  }
}

function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && readlinkSync(`/proc/self/fd/${fd}`) === '/dev/fuse'
  } catch (error) {
    if (isErrno(error, 'EBADF') || isErrno(error, 'ENOENT')) return false
    throw error
  }
}
