import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import type { TestContext } from 'vitest'

/**
 * Skips the test, with the reason, on a machine that lacks what it needs; fails it where `CI` is set.
 * `missing` is the reason, undefined where nothing is missing. Works in `beforeEach` too.
 */
export function need(context: TestContext, missing: string | undefined): void {
  if (missing === undefined) return
  const ci = process.env.CI ?? ''
  if (ci !== '' && ci !== '0' && ci !== 'false') throw new Error(`CI must have what this test needs: ${missing}`)
  context.skip(missing)
}

/** Why tests that mount, or act as other users, cannot run. */
export function noRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'not run as root'
}

/** Why tests that start `program` cannot run. System directories count even where PATH leaves them out. */
export function noProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const found = folders.some((folder) => isExecutable(join(folder, program)))
  return found ? undefined : `${program} is not installed; scripts/setup.sh --dev installs it`
}

/** Why tests that run WASI modules cannot run. */
export function noWasmtime(): string | undefined {
  const { status } = spawnSync('wasmtime', ['-V'], { env: { PATH: toolPath() } })
  return status === 0 ? undefined : 'wasmtime is not installed; scripts/setup.sh installs it'
}

/** `PATH`, after the tools that set-up has installed in the checkout. */
export function toolPath(): string {
  return `${resolve('.tools/bin')}${delimiter}${process.env.PATH}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
