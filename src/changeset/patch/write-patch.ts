import type { Fd, FileOps } from '../../os/file-ops.js'
import type { OutputSink, ProcessRunner } from '../../os/process-runner.js'
import type { AbsPath } from '../../paths/byte-string.js'
import type { Change } from '../change.js'
import { baseRef, fastImportStream, sessionRef } from './fast-import-stream.js'
import type { PatchNote } from './patch-note.js'
import { type PatchSides, patchSides, replacesLinkByDirectory } from './patch-sides.js'
import { runGit } from './run-git.js'
import { makeTempRepository } from './temp-repository.js'
import type { SideRoots } from './tree-side.js'

/** `numstat` is git's machine form of `stat`, NUL-terminated. */
export type PatchFormat = 'patch' | 'stat' | 'numstat'

export interface PatchOptions {
  readonly format: PatchFormat
  /** Receives the diff as git writes it. */
  readonly output: OutputSink
  readonly color?: boolean
  /** Lines around each change; 3 unless said. */
  readonly context?: number
  /** `false`: a renamed file is a deletion and a creation. */
  readonly renames?: boolean
  /** Files above it, in bytes, are named in a note and not compared. */
  readonly sizeLimit?: number
  /** Holds a copy of the changed files while git compares them. */
  readonly tempDir: AbsPath
  /** `PATH` that git is looked up in. */
  readonly path: string
  readonly signal?: AbortSignal | undefined
}

export interface PatchPorts {
  readonly ops: FileOps
  readonly runner: ProcessRunner
}

/** 256 MiB */
export const defaultSizeLimit: number = 2 ** 28

/**
 * Pairs of files above this number are not searched for renames with edits (`git diff -l`): the search is
 * quadratic. Exact renames are always found.
 */
const renameLimit = 300

/**
 * Writes what the changes do to the project as git would show it; `git apply` turns the project into the session
 * with it, notes aside.
 *
 * Git itself compares: both sides of each changed path go into a repository of ours, which is gone afterwards.
 * The project's own repository is never touched.
 * @returns what the patch leaves out, in tree order
 * @throws OverlayError `GIT_MISSING`, `GIT_FAILED`, `SESSION_BUSY`, `ABORTED`
 */
export async function writePatch(
  ports: PatchPorts,
  roots: SideRoots,
  changes: readonly Change[],
  options: PatchOptions,
): Promise<readonly PatchNote[]> {
  const { ops } = ports
  const base = ops.openRoot(roots.base)
  try {
    const sides = patchSides(ops, base, changes, options.sizeLimit ?? defaultSizeLimit)
    if (sides.base.length + sides.session.length > 0) await compare(ports, base, roots.upper, sides, options)
    return sides.notes
  } finally {
    ops.close(base)
  }
}

async function compare(
  ports: PatchPorts,
  base: Fd,
  upperPath: AbsPath,
  sides: PatchSides,
  options: PatchOptions,
): Promise<void> {
  const { ops, runner } = ports
  const { path, signal } = options
  const repository = makeTempRepository(ops, options.tempDir)
  try {
    const upper = ops.openRoot(upperPath)
    try {
      const input = fastImportStream(ops, { upper, base }, sides.base, sides.session)
      await runGit({ runner, path, signal, repository: repository.path, args: importArgs, input })
    } finally {
      ops.close(upper)
    }
    await runGit({
      runner,
      path,
      signal,
      repository: repository.path,
      args: diffArgs(options, sides),
      output: options.output,
    })
  } finally {
    repository.remove()
  }
}

const importArgs = ['-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet', '--done', '--depth=0']

function diffArgs(options: PatchOptions, sides: PatchSides): string[] {
  const { renames = true, context = 3 } = options
  const common = ['diff', '--no-ext-diff', '--no-textconv', ...renameArgs(sides, renames)]
  return [
    ...common,
    options.color === true ? '--color=always' : '--color=never',
    ...formats[options.format],
    // It would make `--stat` a patch.
    ...(options.format === 'patch' ? [`-U${context}`] : []),
    baseRef,
    sessionRef,
  ]
}

function renameArgs(sides: PatchSides, renames: boolean): string[] {
  return !renames || replacesLinkByDirectory(sides) ? ['--no-renames'] : ['-M', `-l${renameLimit}`]
}

const formats: Readonly<Record<PatchFormat, readonly string[]>> = {
  patch: ['--binary', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'],
  stat: ['--stat=100'],
  numstat: ['--numstat', '-z'],
}
