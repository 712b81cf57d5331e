import { spawnSync } from 'node:child_process'
import { accessSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { removeBed } from './session-bed.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The built command line; `OPENAGENTIC_TEST_CLI` names another build. */
export const cliProgram: string = process.env.OPENAGENTIC_TEST_CLI ?? join(root, 'dist/cli/main.cjs')

/** No account needs to have it. */
export const plainUser = 54_321

export interface Ended {
  /** As a shell reports it: 128 + number after a signal. */
  readonly status: number
  /** Bytes, one char each. */
  readonly stdout: string
  readonly stderr: string
}

/** A small project of one user, and the built program run as that user. All of it goes away with the test. */
export interface CliBed {
  readonly top: string
  readonly project: string
  /** Runs the program in the project; arguments are bytes, one char each. */
  run(...args: string[]): Ended
  /** As {@link run}, which must succeed; the parsed `--json` object. */
  json(...args: string[]): Record<string, unknown>
  /** Runs a shell script in the project, in which `overlay` is the program. */
  sh(script: string, env?: Readonly<Record<string, string>>): Ended
}

/**
 * `user`: whose it is; whoever runs the tests, where that is not root. `jail`: a command of root's that runs another one as that user.
 */
export function cliBed(user = 0, jail: readonly string[] = []): CliBed {
  const owner = process.getuid?.() === 0 ? { uid: user, gid: user } : {}
  accessSync(cliProgram)
  const top = mkdtempSync(join(tmpdir(), 'overlay-cli-'))
  if (owner.uid !== undefined) chownSync(top, owner.uid, owner.gid)
  onTestFinished(() => removeBed(top))
  const project = join(top, 'project')
  mkdirSync(join(top, 'tmp'), { mode: 0o777 })
  if (owner.uid !== undefined) chownSync(join(top, 'tmp'), owner.uid, owner.gid)
  const sh: CliBed['sh'] = (script, env = {}) =>
    shell(script, { ...(jail.length === 0 ? owner : {}), jail, cwd: top, env: { ...environment(top), ...env } })
  const made = sh(
    'umask 022; mkdir -p project/src; cd project; git init -q; printf "one\\ntwo\\n" >README.md; echo "int main;" >src/main.c; echo gone >old',
  )
  if (made.status !== 0) throw new Error(made.stderr)
  const inProject: CliBed['sh'] = (script, env) => sh(`cd project || exit\n${script}`, env)
  const run: CliBed['run'] = (...args) => inProject(`overlay ${args.map(quoted).join(' ')}`)
  return {
    top,
    project,
    sh: inProject,
    run,
    json: (...args) => {
      const { status, stdout, stderr } = run('--json', ...args)
      if (status !== 0) throw new Error(`status ${status}: ${stdout}${stderr}`)
      return JSON.parse(Buffer.from(stdout, 'latin1').toString()) as Record<string, unknown>
    },
  }
}

export function environment(top: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: top,
    TMPDIR: `${top}/tmp`,
    GIT_CONFIG_GLOBAL: '/dev/null',
    LC_ALL: 'C.UTF-8',
    TERM: 'xterm',
  }
}

interface ShellOptions {
  readonly jail: readonly string[]
  readonly cwd: string
  readonly env: Record<string, string>
  readonly uid?: number
  readonly gid?: number
}

function shell(script: string, { jail, ...options }: ShellOptions): Ended {
  const definition = `overlay() { ${quoted(process.execPath)} ${quoted(cliProgram)} "$@"; }\n`
  // A file of its own: standard input stays the program's, and node's strings would lose bytes on a command line.
  const file = join(options.cwd, 'script.sh')
  writeFileSync(file, `${definition}${script}\n`, 'latin1')
  const limits = { timeout: 120_000, maxBuffer: 2 ** 28 }
  const [program = 'bash', ...words] = [...jail, 'bash', file]
  const ended = spawnSync(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'], ...limits })
  if (ended.error !== undefined) throw ended.error
  return {
    status: ended.status ?? 128,
    stdout: ended.stdout.toString('latin1'),
    stderr: ended.stderr.toString('latin1'),
  }
}

/** For a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
