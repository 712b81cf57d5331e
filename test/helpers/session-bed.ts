import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AbsPath } from '../../src/paths/byte-string.js'
import { quoted, type SessionUser } from './session-user.js'

/** A project of one user, with some files, and a place for sessions that cannot lie in it. Goes away with the test. */
export interface SessionBed {
  readonly top: string
  readonly project: AbsPath
  readonly stateRoot: AbsPath
}

export interface BedOptions {
  /** Name of the project's directory; bytes, one char each. */
  readonly name?: string
  /** Where to make it, instead of below the directory for temporary files. */
  readonly parent?: string
}

export function makeBed(user: SessionUser, { name = 'project', parent = tmpdir() }: BedOptions = {}): SessionBed {
  const top = mkdtempSync(join(parent, 'oa-bed-'))
  chownSync(top, user.uid, user.uid)
  onTestFinished(() => removeBed(top))
  const project = `${top}/${name}` as AbsPath
  const p = quoted(project)
  const made = user.sh(
    `umask 022; mkdir ${p} ${p}/dir ${p}/dir/deep && echo base >${p}/file && echo two >${p}/dir/two && echo three >${p}/dir/deep/three && ln -s file ${p}/link`,
  )
  if (made.status !== 0) throw new Error(made.stderr)
  mkdirSync(join(top, 'state'))
  chownSync(join(top, 'state'), user.uid, user.uid)
  return { top, project, stateRoot: join(top, 'state') as AbsPath }
}

/** Ends every holder of the bed, unmounts and removes it, whatever the test left. */
export function removeBed(top: string): void {
  for (const { pid } of holdersBelow(top)) process.kill(pid, 'SIGKILL')
  for (const point of mountsBelow(top).reverse()) {
    execFileSync('sh', { input: Buffer.from(`umount -l ${quoted(point)}`, 'latin1') })
  }
  execFileSync('rm', ['-rf', '--one-file-system', top])
}

/** Holders of sessions below a directory, by the lock that each keeps: the mounts of all kernel sessions are in the tables of many. */
export function holdersBelow(top: string): { pid: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name) === 'openagentic-hol')
    .filter((pid) => locks(Number(pid), top))
    .map((pid) => ({ pid: Number(pid) }))
}

function locks(pid: number, top: string): boolean {
  try {
    return execFileSync('sh', ['-c', `readlink /proc/${pid}/fd/* || true`], { encoding: 'latin1' }).includes(`${top}/`)
  } catch {
    return false
  }
}

/** Mount points below a directory, in the order of the table; paths as the table has them decoded. */
function mountsBelow(top: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((point) => point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))))
  return points.filter((point) => point === top || point.startsWith(`${top}/`))
}

function commandOf(pid: string): string {
  return readOrNothing(`/proc/${pid}/comm`).trim()
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
