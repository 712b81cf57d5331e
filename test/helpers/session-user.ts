import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { bundleProgram } from './bundle-program.js'
import type { Calls } from './session-driver.js'

/** What a call of the driver failed with. */
class DriverError extends Error {
  readonly code: string | undefined
  readonly hint: string | undefined
  readonly details: unknown

  constructor({ code, message, hint, details, stack }: Record<string, unknown>) {
    super(String(message))
    this.code = code as string | undefined
    this.hint = hint as string | undefined
    this.details = details
    this.stack = String(stack)
  }
}

type Promised<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never

/** A user of this machine, who makes sessions in a process of their own. Needs root. */
export interface SessionUser {
  readonly uid: number
  readonly calls: { readonly [K in keyof Calls]: Promised<Calls[K]> }
  /** Runs a script as the user. Bytes, one char each, in and out. */
  sh(script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string }
  stop(): void
}

let bundle: Promise<string> | undefined
let users = 0

/** `uid` needs no account. `wrapper`: a program with arguments that runs the one named after them. */
export async function startUser(uid: number, wrapper: readonly string[] = []): Promise<SessionUser> {
  users += 1
  bundle ??= bundleProgram('test/helpers/session-driver.ts')
  const [execPath = process.execPath, ...execArgv] = [...wrapper, process.execPath]
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  const child = fork(await bundle, { uid, gid: uid, cwd: '/', serialization: 'advanced', execPath, execArgv, env })
  const ask = asker(child)
  return {
    uid,
    calls: new Proxy({} as SessionUser['calls'], {
      get:
        (_, call) =>
        (...args: unknown[]) =>
          ask(String(call), args),
    }),
    sh(script) {
      const input = Buffer.from(script, 'latin1')
      const ended = spawnSync('sh', [], { input, uid, gid: uid, cwd: '/', encoding: 'latin1', timeout: 60_000 })
      return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr }
    },
    stop() {
      child.kill()
      users -= 1
      if (users === 0) removeBundle()
    },
  }
}

/** For a shell. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}

interface Answer {
  readonly result?: unknown
  readonly error?: Record<string, unknown>
}

function asker(child: ChildProcess): (call: string, args: unknown[]) => Promise<unknown> {
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  child.on('message', (answer: Answer & { number: number }) => waiting.get(answer.number)?.(answer))
  child.on('exit', (code) => {
    for (const settle of waiting.values()) settle({ error: { message: `The driver ended with ${code}` } })
  })
  return (call, args) =>
    new Promise((resolve, reject) => {
      last += 1
      const number = last
      waiting.set(number, ({ result, error }) => {
        waiting.delete(number)
        if (error === undefined) resolve(result)
        else reject(new DriverError(error))
      })
      child.send({ number, call, args })
    })
}

/** With the last user; the worker that runs tests gets no chance at its own end. */
function removeBundle(): void {
  bundle?.then((file) => execFileSync('rm', ['-rf', dirname(file)]))
  bundle = undefined
}
