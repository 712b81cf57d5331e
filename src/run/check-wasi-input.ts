import { OverlayError } from '../errors/overlay-error.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { bytesFromJsonName } from '../paths/bytes.js'
import { hostPath } from '../paths/host-path.js'
import { relPath, rootPath } from '../paths/rel-path.js'
import type { ExecOptions } from './exec-options.js'
import type { DifferenceLimits } from './read-difference.js'
import { type SnapshotFiles, snapshotFiles } from './snapshot-files.js'
import type { WasiExecInput, WasiLimits, WasiModule } from './wasi-input.js'
import { guestRoot } from './workspace-dirs.js'

/** What `execModule` is told, but for what the runner knows. `merged` stands for the snapshot's directory where there are files. */
export interface CheckedInput {
  readonly options: Omit<ExecOptions, 'wasmtime' | 'cacheDir'>
  readonly files: SnapshotFiles | undefined
  readonly difference: DifferenceLimits
}

const outputBytes = 16 * 1024 * 1024
const changedBytes = 256 * 1024 * 1024
const entries = 100_000

/** @throws OverlayError `USAGE`, `PATH_INVALID` */
export function checkWasiInput(input: WasiExecInput): CheckedInput {
  const { argv = [], limits = {}, preopenDir, fs, collect = true } = input
  if ((preopenDir === undefined) === (fs === undefined)) {
    const found = fs === undefined ? 'neither' : 'both'
    throw new OverlayError('USAGE', `Expected one of \`preopenDir\` and \`fs\`, got ${found}`, {
      hint: 'A directory is worked in as it is; files are a snapshot, of which the difference comes back.',
    })
  }
  const own = collect ? outputBytes : undefined
  const options: CheckedInput['options'] = {
    merged: preopenDir === undefined ? ('/' as AbsPath) : hostPath(preopenDir),
    ...moduleOptions(input.module),
    argv0: argv[0],
    args: argv.slice(1),
    env: input.env,
    cwd: workingDirectory(input.cwd),
    stdin: typeof input.stdin === 'string' ? Buffer.from(input.stdin, 'utf8') : input.stdin,
    stdout: input.onStdout,
    stderr: input.onStderr,
    collect,
    stdoutLimitBytes: limits.stdoutBytes ?? limits.maxStdoutBytes ?? own,
    stderrLimitBytes: limits.stderrBytes ?? limits.maxStderrBytes ?? own,
    timeLimitMs: limits.timeMs,
    memoryLimitBytes: limits.memoryBytes,
    onCompiling: input.onCompiling,
    signal: input.signal,
  }
  return { options, files: fs === undefined ? undefined : snapshotFiles(fs), difference: differenceLimits(limits) }
}

function moduleOptions(module: WasiModule): Pick<ExecOptions, 'module' | 'moduleSha256' | 'allowPrecompiled'> {
  const moduleSha256 = module.sha256?.toLowerCase()
  if (module.kind === 'bytes') return { module: { bytes: module.bytes }, moduleSha256 }
  const { allowPrecompiled } = module
  return { module: hostPath(module.path), moduleSha256, allowPrecompiled }
}

/** A module names its files from `/workspace`, so its caller may, too. */
function workingDirectory(cwd: string | undefined): RelPath {
  const text = cwd === guestRoot ? '' : (cwd ?? '').replace(`${guestRoot}/`, (prefix, at) => (at === 0 ? '' : prefix))
  const plain = text.replace(/\/+$/, '')
  return plain === '.' ? rootPath : relPath(bytesFromJsonName(text.startsWith('/') ? text : plain))
}

function differenceLimits(limits: WasiLimits): DifferenceLimits {
  const checked = { changedBytes: limits.changedBytes ?? changedBytes, entries: limits.entries ?? entries }
  for (const [name, value] of Object.entries(checked)) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new OverlayError('USAGE', `Expected \`${name}\` to be a whole number from 0, got ${value}`)
    }
  }
  return checked
}
