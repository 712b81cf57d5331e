import { setTimeout as sleep } from 'node:timers/promises'
import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { nodeCrypto } from '../os/node-crypto.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { openEntry, removeEntry, sealEntry } from './cache-entry.js'
import { type CompileOptions, compileModule, type ModuleSource } from './compile-module.js'
import { openPrivateDir } from './private-dir.js'
import type { RunPorts } from './run-ports.js'

/** Compiled modules, one directory an entry. The layout is private to this version; removing it is always safe. */
export interface ModuleCache {
  /**
   * The compiled form of a module, open for reading: from the cache, else compiled now. The caller closes it.
   * @throws OverlayError `MODULE_INVALID`, `WASMTIME_FAILED`, `ABORTED`
   */
  open(source: ModuleSource, options: CompileOptions): Promise<Fd>
  /** Throws an entry away that turned out not to load. */
  evict(source: ModuleSource, options: CompileOptions): void
  close(): void
}

const lockPollMs = 50
/** A staging directory this much older than a new one was left behind by a crash. */
const staleNs = 3_600_000_000_000n

/** @throws OverlayError `CACHE_UNSAFE` */
export function openModuleCache(ports: RunPorts, path: AbsPath): ModuleCache {
  const { ops } = ports
  const cache = openPrivateDir(ops, path)
  return {
    open: async (source, options) => {
      const key = cacheKey(source, options)
      return openEntry(ops, cache, key) ?? (await compileOnce(ports, cache, key, source, options))
    },
    evict: (source, options) => removeEntry(ops, cache, cacheKey(source, options)),
    close: () => ops.close(cache),
  }
}

/** Who comes second waits for the first: compiling a large module takes all cores for many seconds. */
async function compileOnce(
  ports: RunPorts,
  cache: Fd,
  key: ByteString,
  source: ModuleSource,
  options: CompileOptions,
): Promise<Fd> {
  const { ops } = ports
  const lockName = `${key}.lock` as ByteString
  const lock = openLock(ops, cache, lockName)
  options.onCompiling?.(true)
  try {
    while (!ops.flock(lock, 'exclusive')) {
      if (options.signal?.aborted === true) throw new OverlayError('ABORTED', 'Stopped while a module was compiled')
      await sleep(lockPollMs)
    }
    const ready = openEntry(ops, cache, key)
    if (ready !== undefined) return ready
    return await compileEntry(ports, cache, key, source, options)
  } finally {
    ops.close(lock)
    options.onCompiling?.(false)
  }
}

async function compileEntry(
  ports: RunPorts,
  cache: Fd,
  key: ByteString,
  source: ModuleSource,
  options: CompileOptions,
): Promise<Fd> {
  const { ops } = ports
  const staging = `staging-${nodeCrypto().randomUUID()}` as ByteString
  ops.mkdir(cache, staging, 0o700)
  try {
    const dir = ops.openDir(cache, staging as RelPath)
    try {
      removeStale(ops, cache, ops.statFd(dir).ctimeNs)
      await compileModule(ports, source, dir, options)
      sealEntry(ops, dir)
    } finally {
      ops.close(dir)
    }
    // An entry that does not open is damaged: out of the way with it, or the rename would fail.
    removeEntry(ops, cache, key)
    ops.rename(cache, staging, cache, key, 'replace')
  } catch (error) {
    removeEntry(ops, cache, staging)
    throw error
  }
  const fd = openEntry(ops, cache, key)
  if (fd !== undefined) return fd
  throw new OverlayError('WASMTIME_FAILED', 'Expected the module that was compiled just now in the cache, found none')
}

function openLock(ops: FileOps, cache: Fd, name: ByteString): Fd {
  try {
    return ops.createFile(cache, name, 0o600)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
    return ops.openFileForWriting(cache, name)
  }
}

function removeStale(ops: FileOps, cache: Fd, nowNs: bigint): void {
  for (const { name, stat } of ops.scanDir(cache)) {
    if (name.startsWith('staging-') && nowNs - stat.ctimeNs > staleNs) removeEntry(ops, cache, name)
  }
}

/** SHA-256 of all that decides what the compiler makes of a module. */
function cacheKey({ sha256 }: ModuleSource, { wasmtime, interruptible }: CompileOptions): ByteString {
  const facts = `openagentic-overlay module 2\n${wasmtime.version}\n${interruptible ? 'epoch' : 'plain'}\n${sha256}\n`
  return nodeCrypto().createHash('sha256').update(facts).digest('hex') as ByteString
}
