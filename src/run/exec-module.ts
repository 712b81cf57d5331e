import { OverlayError } from '../errors/overlay-error.js'
import type { ByteString } from '../paths/byte-string.js'
import { rootPath } from '../paths/rel-path.js'
import { moduleChanged } from './compile-module.js'
import type { ExecOptions, ExecResult } from './exec-options.js'
import { guestName } from './guest-name.js'
import { openModuleCache } from './module-cache.js'
import { contentHash } from './module-content.js'
import { createModuleHashes } from './module-hashes.js'
import { type OpenModule, openModule } from './open-module.js'
import { longestTimeLimitMs } from './parse-limits.js'
import { type PreparedModule, prepareModule } from './prepare-module.js'
import type { RunPorts } from './run-ports.js'
import { type RunOutcome, runPrepared } from './run-prepared.js'
import { openWorkspace, type WorkspaceDirs } from './workspace-dirs.js'

/**
 * Runs a WASI module with `merged` as its `/workspace`, and its working directory as `.`; nothing else of the machine can be
 * reached. Whatever the module does comes back as a result; errors are of what is around it.
 * @throws OverlayError `MODULE_NOT_FOUND`, `MODULE_INVALID`, `MODULE_CHANGED`, `SESSION_NOT_MOUNTED`, `PATH_INVALID` (cwd), `CACHE_UNSAFE`,
 * `WASMTIME_FAILED`, `WASMTIME_MISSING`, `USAGE` (a limit or variable), `ABORTED` (before the module began)
 */
export async function execModule(ports: RunPorts, options: ExecOptions): Promise<ExecResult> {
  checkLimits(options)
  const module = openModule(ports.ops, options.module, options.moduleBelow)
  try {
    const workspace = openWorkspace(ports.ops, options.merged, options.cwd ?? rootPath)
    try {
      return await (module.kind === 'precompiled' ? execPrecompiled : execCompiled)(ports, options, module, workspace)
    } finally {
      workspace.close()
    }
  } finally {
    module.close()
  }
}

async function execCompiled(
  ports: RunPorts,
  options: ExecOptions,
  module: OpenModule,
  workspace: WorkspaceDirs,
): Promise<ExecResult> {
  const cache = openModuleCache(ports, options.cacheDir)
  const { wasmtime, signal, onCompiling } = options
  const interruptible = options.timeLimitMs !== undefined
  try {
    const sha256 = (options.moduleHashes ?? createModuleHashes()).of(ports.ops, module.content)
    checkHash(options, module, sha256)
    for (let again = true; ; again = false) {
      const prepared = await prepareModule(ports, cache, module, sha256, {
        wasmtime,
        interruptible,
        signal,
        onCompiling,
      })
      const outcome = await attempt(ports, options, module, workspace, prepared)
      if (outcome.report?.kind !== 'unloadable') return resultOf(outcome, module)
      // Damaged on disk, or made for another processor (a home directory on several machines): compiled anew, once.
      if (!again) throw unloadable(outcome, module)
      prepared.evict()
    }
  } finally {
    cache.close()
  }
}

async function execPrecompiled(
  ports: RunPorts,
  options: ExecOptions,
  module: OpenModule,
  workspace: WorkspaceDirs,
): Promise<ExecResult> {
  if (options.allowPrecompiled !== true) {
    throw new OverlayError('MODULE_INVALID', `${module.name} is precompiled: native code, not WebAssembly`, {
      path: module.name,
      hint: 'Name the .wasm it was made from. If you made the file yourself, --allow-precompiled runs it with all your rights.',
    })
  }
  const { content } = module
  if (options.moduleSha256 !== undefined) checkHash(options, module, contentHash(ports.ops, content))
  if (!('fd' in content)) throw new TypeError('Precompiled modules come from files')
  const run = { module: { fd: content.fd, interruptible: false, manyMemories: true }, preloads: [] }
  const outcome = await runPrepared(ports, options, { ...run, workspace, argv0: argv0Of(options) })
  if (outcome.report?.kind === 'unloadable') {
    throw new OverlayError('MODULE_INVALID', `wasmtime cannot load ${module.name}: ${outcome.report.message}`, {
      path: module.name,
      hint: 'Compile it again with this wasmtime, or name the .wasm it was made from.',
    })
  }
  return resultOf(outcome, module)
}

async function attempt(
  ports: RunPorts,
  options: ExecOptions,
  { kind }: OpenModule,
  workspace: WorkspaceDirs,
  prepared: PreparedModule,
): Promise<RunOutcome> {
  const { fd, preloads, interruptible } = prepared
  try {
    const module = { fd, interruptible, manyMemories: kind === 'component' }
    return await runPrepared(ports, options, { module, preloads, workspace, argv0: argv0Of(options) })
  } finally {
    prepared.close()
  }
}

function resultOf({ result, report }: RunOutcome, module: OpenModule): ExecResult {
  if (report?.kind !== 'unlinkable') return result
  throw new OverlayError('MODULE_INVALID', `Expected a WASI program at ${module.name}: ${report.message}`, {
    path: module.name,
    hint: 'It was built for another host (a browser, Node, Emscripten). Build it for wasm32-wasip1.',
  })
}

function unloadable({ report }: RunOutcome, module: OpenModule): OverlayError {
  return new OverlayError(
    'WASMTIME_FAILED',
    `wasmtime cannot load what it compiled: ${report?.message ?? 'no reason given'}`,
    {
      path: module.name,
      hint: 'Check the disk that holds $XDG_CACHE_HOME.',
    },
  )
}

function argv0Of({ argv0, module }: ExecOptions): string {
  if (argv0 !== undefined) return argv0
  return typeof module === 'string' ? guestName(module.slice(module.lastIndexOf('/') + 1) as ByteString) : 'module'
}

function checkHash({ moduleSha256 }: ExecOptions, { name }: OpenModule, sha256: string): void {
  if (moduleSha256 === undefined || moduleSha256 === sha256) return
  throw moduleChanged(name, `its SHA-256 is ${sha256}, not ${moduleSha256}`)
}

function checkLimits(options: ExecOptions): void {
  const { timeLimitMs, memoryLimitBytes, outputLimitBytes, stdoutLimitBytes, stderrLimitBytes } = options
  check('timeLimitMs', timeLimitMs, 1, longestTimeLimitMs)
  check('memoryLimitBytes', memoryLimitBytes, 1, Number.MAX_SAFE_INTEGER)
  check('outputLimitBytes', outputLimitBytes, 0, Number.MAX_SAFE_INTEGER)
  check('stdoutLimitBytes', stdoutLimitBytes, 0, Number.MAX_SAFE_INTEGER)
  check('stderrLimitBytes', stderrLimitBytes, 0, Number.MAX_SAFE_INTEGER)
}

function check(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return
  throw new OverlayError('USAGE', `Expected \`${name}\` to be a whole number from ${least} to ${most}, got ${value}`)
}
