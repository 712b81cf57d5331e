import {
  type AbsPath,
  absPath,
  bytesFromText,
  type Diagnosis,
  diagnose,
  exitStatuses,
  findWasmtime,
  OverlayError,
  SystemError,
} from '../../index.js'
import type { CommandSpec } from '../command-spec.js'
import type { CommandContext } from '../context.js'
import { stateRoot } from '../scope.js'

/** One thing that this machine can or cannot do. */
interface Check {
  readonly name: string
  readonly ok: boolean
  /** What was found, or why not. */
  readonly detail: string
  /** The exact fix of a no, where there is one. */
  readonly fix: string | undefined
}

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  define: (command) => command.description('say what this machine can do, and how to mend what it cannot'),
  async run(context) {
    const checks = [nodeCheck(), ...(await mountChecks(context)), await wasmtimeCheck(context), await gitCheck(context)]
    const canMount = checks.some(({ name, ok }) => ok && name.startsWith('backend '))
    return {
      json: { canMount, checks: checks.map((check) => ({ ...check, fix: check.fix ?? null })) },
      human: checks.map(checkLines).join(''),
      status: canMount ? 0 : exitStatuses.machine,
    }
  },
}

function checkLines({ name, ok, detail, fix }: Check): string {
  const lines = [`${ok ? 'yes' : 'no '}  ${name.padEnd(15)}  ${detail}`]
  if (!ok && fix !== undefined) lines.push(`${' '.repeat(22)}fix: ${fix}`)
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function nodeCheck(): Check {
  return { name: 'node', ok: true, detail: process.version, fix: undefined }
}

async function mountChecks(context: CommandContext): Promise<Check[]> {
  try {
    return diagnosisChecks(await diagnoseSomewhere(context))
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    return [{ name: 'native helpers', ok: false, detail: error.message, fix: error.hint }]
  }
}

function diagnosisChecks({ facts, backends, fuseNative, devFuse, reflink }: Diagnosis): Check[] {
  return [
    { name: 'kernel', ok: true, detail: `Linux ${facts.kernel.text}`, fix: undefined },
    ...backends.map(({ backend, result }) => tried(`backend ${backend}`, result)),
    tried('fuse-native', fuseNative),
    { name: '/dev/fuse', ok: devFuse, detail: devFuse ? 'usable' : 'missing, or not yours to open', fix: undefined },
    {
      name: 'reflink',
      ok: reflink,
      detail: reflink ? 'commits share data with the session' : 'this file system has none: commits copy data',
      fix: undefined,
    },
  ]
}

function tried(name: string, result: Diagnosis['fuseNative']): Check {
  if (result.usable) return { name, ok: true, detail: 'works: it was tried', fix: undefined }
  return { name, ok: false, detail: result.reason, fix: result.fix }
}

/** Where sessions go that their project cannot hold; the directory for temporary files where that is not ours. */
async function diagnoseSomewhere(context: CommandContext): Promise<Diagnosis> {
  for (let place = stateRoot(context); place !== '/'; place = parentDir(place)) {
    try {
      return await diagnose(context.ports, place)
    } catch (error) {
      if (!(error instanceof SystemError) || !['ENOENT', 'EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error
    }
  }
  return diagnose(context.ports, absPath(bytesFromText(context.env.tempDir)))
}

function parentDir(path: AbsPath): AbsPath {
  return absPath(`${path}/..`)
}

async function wasmtimeCheck({ ports, env, ownTools }: CommandContext): Promise<Check> {
  const options = { program: env.wasmtime, toolDirs: [ownTools], searchPath: env.path }
  try {
    const { path, version } = await findWasmtime(ports, options)
    return { name: 'wasmtime', ok: true, detail: `${version}, ${path}`, fix: undefined }
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    return { name: 'wasmtime', ok: false, detail: error.message, fix: error.hint }
  }
}

async function gitCheck({ ports, env }: CommandContext): Promise<Check> {
  const pieces: Uint8Array[] = []
  const child = await ports.runner.start({
    program: 'git',
    args: ['--version'],
    env: { PATH: env.path },
    stdout: (piece) => void pieces.push(piece),
  })
  const end = await child.ended
  if (end.kind === 'exit' && end.exitCode === 0) {
    return { name: 'git', ok: true, detail: Buffer.concat(pieces).toString('utf8').trim(), fix: undefined }
  }
  return { name: 'git', ok: false, detail: 'not found: `diff` shows names only', fix: 'Install git.' }
}
