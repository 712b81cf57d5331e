import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { adapterFor } from './adapters/adapter-for.js'
import type { CompileOptions, ModuleSource } from './compile-module.js'
import type { ModuleCache } from './module-cache.js'
import { contentHash } from './module-content.js'
import { moduleExports } from './module-exports.js'
import type { OpenModule } from './open-module.js'
import type { RunPorts } from './run-ports.js'

/** What goes into a run: the program, and the modules that have to be there before it, in order. Files are open. */
export interface PreparedModule {
  readonly fd: Fd
  readonly preloads: readonly { readonly name: string; readonly fd: Fd }[]
  /** Compiled so that wasmtime can interrupt it. */
  readonly interruptible: boolean
  /** Removes the compiled forms from the cache: they did not load. */
  evict(): void
  close(): void
}

type Part = { readonly name: string; readonly source: ModuleSource }

/**
 * Compiles a module with this SHA-256, or finds it compiled.
 * @throws OverlayError `MODULE_INVALID`, `WASMTIME_FAILED`, `ABORTED`
 */
export async function prepareModule(
  { ops }: RunPorts,
  cache: ModuleCache,
  module: OpenModule,
  sha256: string,
  wanted: CompileOptions,
): Promise<PreparedModule> {
  const parts = partsOf(ops, module, sha256)
  // wasmtime 36 to 49 start the clock after the preloads, and end one that runs code before.
  const options = parts.length > 1 ? { ...wanted, interruptible: false } : wanted
  const open: { name: string; fd: Fd }[] = []
  const close = (): void => {
    for (const { fd } of open) ops.close(fd)
  }
  try {
    for (const { name, source } of parts) {
      open.push({ name, fd: await cache.open(source, options) })
    }
  } catch (error) {
    close()
    throw error
  }
  return {
    fd: (open.at(-1) as { fd: Fd }).fd,
    preloads: open.slice(0, -1),
    interruptible: options.interruptible,
    evict: () => {
      for (const { source } of parts) cache.evict(source, options)
    },
    close,
  }
}

/** The modules of a run, the program last. */
function partsOf(ops: FileOps, module: OpenModule, sha256: string): Part[] {
  const itself = { name: module.name, source: { name: module.name, content: module.content, sha256 } }
  // Unknown for text and components, which wasmtime judges.
  const exports = module.kind === 'core' ? moduleExports(ops, module.content) : undefined
  // wasmtime's rule for what it calls: `_start`, or an export without a name.
  if (exports === undefined || exports.has('_start') || exports.has('')) return [itself]
  const adapter = adapterFor(exports)
  if (adapter === undefined) throw notProgram(module.name)
  return [
    ...adapter.imports.map((name) => ({ name, source: textSource(ops, name, adapter.provider) })),
    { ...itself, name: adapter.name },
    { name: module.name, source: textSource(ops, `the program for ${adapter.name}`, adapter.program) },
  ]
}

function textSource(ops: FileOps, name: string, text: string): ModuleSource {
  const content = { bytes: Buffer.from(text, 'utf8') }
  return { name, content, sha256: contentHash(ops, content) }
}

function notProgram(name: string): OverlayError {
  return new OverlayError('MODULE_INVALID', `Expected a program at ${name}: it exports no function \`_start\``, {
    path: name,
    hint: 'It is a library. Build it as a command (for C and Rust: a program with `main`, not `-mexec-model=reactor` or cdylib).',
  })
}
