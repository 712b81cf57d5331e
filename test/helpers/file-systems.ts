import type { TestContext } from 'vitest'
import { need, noProgram, noRoot } from './capability.js'
import { mountFileSystem, noFileSystem, type TestFileSystem } from './loop-device.js'

/** A project's file system, and the one of its session's layers when that is another one. */
export interface Places {
  readonly name: string
  readonly project: TestFileSystem
  readonly layers?: TestFileSystem
}

/** Each file system by itself, and some of them with the session's layers elsewhere, as `--state-dir` puts them. */
export const places: readonly Places[] = [
  { name: 'ext4', project: 'ext4' },
  { name: 'xfs', project: 'xfs' },
  { name: 'btrfs', project: 'btrfs' },
  { name: 'tmpfs', project: 'tmpfs' },
  { name: 'ext4, layers on xfs', project: 'ext4', layers: 'xfs' },
  { name: 'xfs, layers on tmpfs', project: 'xfs', layers: 'tmpfs' },
  { name: 'btrfs, layers on ext4', project: 'btrfs', layers: 'ext4' },
  { name: 'tmpfs, layers on btrfs', project: 'tmpfs', layers: 'btrfs' },
]

/** Makes the file systems for a test, or skips it: where the session is to lie. */
export function makePlaces(
  context: TestContext,
  { project, layers }: Places,
  programs: readonly string[] = [],
): { dir: string; layersDir?: string } {
  need(context, noRoot() ?? noFileSystem(project) ?? (layers && noFileSystem(layers)))
  for (const program of programs) need(context, noProgram(program))
  const dir = `${mountFileSystem(project)}/s`
  return layers === undefined ? { dir } : { dir, layersDir: `${mountFileSystem(layers)}/s` }
}
