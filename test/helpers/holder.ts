import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { findHolder } from '../../src/os/find-holder.js'
import type { AbsPath } from '../../src/paths/byte-string.js'
import { scratch } from './scratch.js'

/** Ids that belong to nobody: a plain user of the kernel needs no account. */
export const plainUser = 54321

/** Directories for one mount, and the program where that user can execute it. */
export interface HolderBed {
  readonly user: number
  readonly program: string
  /** Holds `low`, `up`, `work` and `merged`; bytes, one char each. */
  readonly dir: AbsPath
}

export type Answer =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly step: string; readonly errno: string | null; readonly message: string }

export interface Ended {
  readonly answer: Answer | undefined
  readonly status: number | null
  readonly stderr: string
}

/** `name`: of the directory that holds the layers, any bytes. */
export function holderBed(user: number, name = 'bed'): HolderBed {
  const { path } = scratch()
  chmodSync(path, 0o755)
  const program = `${path}/openagentic-holder`
  copyFileSync(findHolder(), program)
  chmodSync(program, 0o755)
  const dir = `${path}/${name}` as AbsPath
  for (const at of ['', '/low', '/up', '/work', '/merged']) {
    mkdirSync(raw(`${dir}${at}`))
    chownSync(raw(`${dir}${at}`), user, user)
  }
  return { user, program, dir }
}

/** The file name of a byte string. */
export function raw(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

/** The records of a plan for the bed: a value, several, or none. */
export function plan({ dir, user }: HolderBed, more: Record<string, string | string[] | undefined> = {}): Buffer {
  const records = {
    userns: user === 0 ? '0' : '1',
    lower: `${dir}/low`,
    upper: `${dir}/up`,
    work: `${dir}/work`,
    target: `${dir}/merged`,
    option: user === 0 ? ['redirect_dir=on', 'metacopy=on', 'index=off'] : ['userxattr'],
    flag: ['nosuid', 'nodev'],
    lock: `${dir}/lock`,
    ...more,
  }
  const lines = Object.entries(records).flatMap(([key, value]) =>
    [value ?? []].flat().map((each) => `${key}=${each}\0`),
  )
  return raw(lines.join(''))
}

/** Runs the program as the bed's user. A holder that stays ends with the test. */
export function run({ program, user, dir }: HolderBed, args: readonly string[], input: Uint8Array): Ended {
  const ended = spawnSync(program, args, { input, uid: user, gid: user, cwd: '/', timeout: 20_000 })
  const line = ended.stdout.toString()
  const answer = line === '' ? undefined : (JSON.parse(line) as Answer)
  if (answer?.ok === true && (args[0] === 'mount' || args[0] === 'keep')) {
    const { pid } = answer
    onTestFinished(() => {
      spawnSync(program, ['unmount', '--pid', String(pid)], { input: raw(`${dir}/merged`), uid: user, gid: user })
      spawnSync('kill', ['-KILL', String(pid)])
    })
  }
  return { answer, status: ended.status, stderr: ended.stderr.toString() }
}

/** Mounts, and gives the holder's id. */
export function mount(bed: HolderBed, more?: Record<string, string | string[] | undefined>): number {
  const { answer } = run(bed, ['mount'], plan(bed, more))
  if (answer?.ok !== true) throw new Error(`The holder did not mount: ${JSON.stringify(answer)}`)
  return answer.pid
}

/** Merged as any process of the user reaches it. */
export function merged({ dir }: HolderBed, pid: number): string {
  return `/proc/${pid}/root${dir}/merged`
}
