import { OverlayError } from '../errors/overlay-error.js'
import type { Fd } from '../os/file-ops.js'
import type { ByteString } from '../paths/byte-string.js'
import { compiledName, writeNew } from './cache-entry.js'
import type { WasmtimeProgram } from './find-wasmtime.js'
import { contentHash, type ModuleContent } from './module-content.js'
import type { RunPorts } from './run-ports.js'
import { runProgram } from './run-program.js'

/** A module to compile, binary or text. `name` is for messages. */
export interface ModuleSource {
  readonly name: string
  readonly content: ModuleContent
  /** Of the content, in hexadecimal. */
  readonly sha256: string
}

export interface CompileOptions {
  readonly wasmtime: WasmtimeProgram
  /** Compiled so that wasmtime can interrupt it (`epoch-interruption`): about a tenth slower, and needed for its own time limit. */
  readonly interruptible: boolean
  readonly signal?: AbortSignal | undefined
  /** Told `true` when the compiler is about to run, or another process' compiler to be waited for; `false` after that. */
  readonly onCompiling?: ((busy: boolean) => void) | undefined
}

/** wasmtime tells binary from text by the content. */
const inputName = 'module.wat' as ByteString

/**
 * Compiles a module to native code, into the file {@link compiledName} of `dir`.
 * @throws OverlayError `MODULE_INVALID` with the compiler's reason; `WASMTIME_FAILED` when the compiler itself failed;
 * `MODULE_CHANGED` when it was written to meanwhile; `ABORTED`
 */
export async function compileModule(
  { ops, runner }: RunPorts,
  source: ModuleSource,
  dir: Fd,
  options: CompileOptions,
): Promise<void> {
  const { content } = source
  if ('bytes' in content) writeNew(ops, dir, inputName, content.bytes)
  // Descriptors, not paths: names that are not UTF-8 could not be passed, and what was checked is what is compiled.
  const input = 'bytes' in content ? `/proc/self/fd/3/${inputName}` : '/proc/self/fd/4'
  const epoch = options.interruptible ? ['-W', 'epoch-interruption=y'] : []
  const { end, stderr } = await runProgram(
    runner,
    {
      program: options.wasmtime.path,
      // wasmtime's own cache wants a home directory that can be written, and ours is in its place.
      args: ['compile', '-C', 'cache=n', ...epoch, '-o', `/proc/self/fd/3/${compiledName}`, input],
      env: {},
      fds: 'bytes' in content ? [dir] : [dir, content.fd],
    },
    { signal: options.signal },
  )
  if (end.kind === 'exit' && end.exitCode === 0) {
    if ('bytes' in content) ops.unlink(dir, inputName)
    // What the cache keeps under this hash must have come from it.
    if (contentHash(ops, content) !== source.sha256) throw moduleChanged(source.name, 'it was written to meanwhile')
    return
  }
  if (options.signal?.aborted === true) throw new OverlayError('ABORTED', `Stopped while ${source.name} was compiled`)
  const said = stderr
    .replace(/^Error: /, '')
    .replaceAll(input, source.name)
    .trim()
  if (end.kind === 'exit' && end.exitCode === 1 && !/\(os error \d+\)/.test(said)) {
    throw new OverlayError('MODULE_INVALID', `Expected a valid WebAssembly module at ${source.name}: ${said}`, {
      path: source.name,
      hint: 'Build it again; `wasmtime compile` says the same about it.',
    })
  }
  throw new OverlayError('WASMTIME_FAILED', `wasmtime could not compile ${source.name}: ${said || describe(end)}`, {
    path: source.name,
    hint: 'Look for a full disk or too little memory; the cache is $XDG_CACHE_HOME/openagentic/overlay/modules.',
  })
}

/** A module that is not the one it should be. */
export function moduleChanged(name: string, reason: string): OverlayError {
  return new OverlayError('MODULE_CHANGED', `Expected the module that was chosen at ${name}: ${reason}`, {
    path: name,
    hint: 'If the new file is wanted, choose it again (in a bundle, write its SHA-256 into the manifest); else put the old one back.',
  })
}

function describe(end: { readonly kind: string }): string {
  if ('signal' in end) return `it was killed by ${end.signal}`
  return 'errno' in end ? `it could not be started (${end.errno})` : 'it gave no reason'
}
