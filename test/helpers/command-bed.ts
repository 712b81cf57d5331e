import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'vitest'
import { jsonName } from '../../src/paths/bytes.js'
import { type Bundle, openBundle } from '../../src/tools/bundle.js'
import { fixture } from './wasi.js'
import { type RunnerBench, runnerBench } from './wasi-runner.js'

/** A runner, and a bundle that has the fixtures as its commands. */
export interface CommandBed extends RunnerBench {
  readonly bundle: Bundle
  readonly manifest: string
  /** The copy of a fixture that the bundle names. */
  modulePath(name: string): string
}

export async function commandBed(context: TestContext, commands: readonly string[]): Promise<CommandBed> {
  const bench = await runnerBench(context)
  const folder = join(bench.outside, 'bundle')
  const modulePath = (name: string): string => join(folder, 'modules', `${name}.wat`)
  mkdirSync(join(folder, 'modules'), { recursive: true })
  const entries = commands.map((name) => {
    copyFileSync(fixture(name), modulePath(name))
    return [name, { module: `modules/${name}.wat`, sha256: sha256(modulePath(name)) }]
  })
  const manifest = writeManifest(join(folder, 'bundle.json'), { version: 1, commands: Object.fromEntries(entries) })
  return { ...bench, manifest, bundle: openBundle(manifest, bench.ports), modulePath }
}

export function writeManifest(path: string, manifest: unknown): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(manifest))
  return jsonName(path as Parameters<typeof jsonName>[0])
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
