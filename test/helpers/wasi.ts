import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, type TestContext } from 'vitest'
import { OverlayError } from '../../src/errors/overlay-error.js'
import { execaRunner } from '../../src/os/execa-runner.js'
import { loadAddon } from '../../src/os/load-addon.js'
import { createFileOps } from '../../src/os/native-file-ops.js'
import type { AbsPath } from '../../src/paths/byte-string.js'
import { bytesFromText } from '../../src/paths/bytes.js'
import { absPath } from '../../src/paths/rel-path.js'
import { execModule } from '../../src/run/exec-module.js'
import type { ExecOptions, ExecResult } from '../../src/run/exec-options.js'
import { findWasmtime, type WasmtimeProgram } from '../../src/run/find-wasmtime.js'
import type { RunPorts } from '../../src/run/run-ports.js'
import { need } from './capability.js'

/** A workspace in a temporary directory, with the fixtures of test/fixtures/wasi to run in it. */
export interface WasiBench {
  readonly ports: RunPorts
  readonly wasmtime: WasmtimeProgram
  /** What the module gets as its workspace. */
  readonly workspace: string
  /** Beside it, out of the module's reach. */
  readonly outside: string
  readonly cacheDir: AbsPath
  /** Runs a fixture (`hello` for hello.wat) or the module at an absolute path; output is collected. */
  exec(module: string, options?: Partial<ExecOptions>, ports?: RunPorts): Promise<ExecResult>
}

export function systemPorts(): RunPorts {
  return { ops: createFileOps(loadAddon()), runner: execaRunner() }
}

export function fixture(name: string): AbsPath {
  return path(fileURLToPath(new URL(`../fixtures/wasi/${name}.wat`, import.meta.url)))
}

export function path(text: string): AbsPath {
  return absPath(bytesFromText(text))
}

function toolDirs(): string[] {
  return [fileURLToPath(new URL('../../.tools/bin', import.meta.url))]
}

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'overlay-wasi-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Compiling one fixture for each test would take most of the time, so the cache is shared unless a test names one. */
export const sharedCache: AbsPath = path(join(tmpdir(), `overlay-wasi-cache-${process.pid}`))

export function removeSharedCache(): void {
  rmSync(sharedCache, { recursive: true, force: true })
}

export async function wasiBench(context: TestContext): Promise<WasiBench> {
  const ports = systemPorts()
  const wasmtime = await installedWasmtime(ports)
  need(context, wasmtime === undefined ? 'wasmtime is not installed; scripts/setup.sh installs it' : undefined)
  const dir = tempDir()
  const bench = { workspace: join(dir, 'workspace'), outside: join(dir, 'outside') }
  for (const each of Object.values(bench)) mkdirSync(each)
  const defaults = {
    merged: path(bench.workspace),
    wasmtime: wasmtime as WasmtimeProgram,
    cacheDir: sharedCache,
    collect: true,
  }
  return {
    ...bench,
    ports,
    wasmtime: defaults.wasmtime,
    cacheDir: sharedCache,
    exec: (module, options, others = ports) =>
      execModule(others, { ...defaults, module: module.startsWith('/') ? path(module) : fixture(module), ...options }),
  }
}

async function installedWasmtime(ports: RunPorts): Promise<WasmtimeProgram | undefined> {
  try {
    // OVERLAY_TEST_WASMTIME tries the tests with another version.
    const program = process.env.OVERLAY_TEST_WASMTIME
    return await findWasmtime(ports, { program, toolDirs: toolDirs(), searchPath: process.env.PATH })
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'WASMTIME_MISSING') return undefined
    throw error
  }
}

export function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8')
}
