import { readdirSync, readlinkSync } from 'node:fs'
import type { FileOps } from '../../src/os/file-ops.js'
import { systemPorts } from '../../src/os/system-ports.js'
import type { Tried } from './fault-counts.js'
import { type Faults, failingOps, watchedOps } from './faulty-ops.js'
import type { TreeSnapshot } from './tree.js'
import { mustBeOldOrNew, type OldAndNew } from './tree-oracle.js'

/** Something to be tried, over a tree of its own. What it changes goes through the `ops` that it is given. */
export interface Subject extends OldAndNew {
  /** The tree as it is now. */
  tree(): TreeSnapshot
  /** Changes the tree from old to new. */
  run(ops: FileOps): Promise<unknown>
  /** What the next command does first. */
  recover(ops: FileOps): Promise<unknown>
  /** What should not be there once the tree is in this state, in words. */
  leftovers(is: 'old' | 'new'): string[]
  /** Goes on as a user would, when all is well again; throws where something does not fit. The subject is not used after. */
  goOn?(is: 'old' | 'new'): Promise<void>
}

export interface Trial {
  /** A fresh subject. */
  prepare(): Promise<Subject>
  readonly tried: Tried
  /** Tries every n-th number alone. */
  readonly every?: number
}

/** The process is gone: nothing of it runs any more that could change the disk. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** Calls until number `at` are made; that one and all after it are not, as if the process had been killed. */
function crashingOps(real: FileOps, at: number): Faults {
  return watchedOps(real, (call, name) => {
    if (call >= at) throw new Crash(`killed before call ${at}${call === at ? `, ${name}` : ''}`)
  })
}

/** More calls than any trial makes: an endless loop otherwise. */
export const most = 5000

/**
 * Crashes at each state-changing call in turn, then recovers: first killed at its own first call, then at its second, and so on, until it
 * comes through. Then the tree must be the old one or the new one, and nothing left over.
 */
export async function crashEverywhere({ prepare, tried, every = 1 }: Trial): Promise<{ points: number }> {
  const { ops } = systemPorts()
  const findings = createFindings()
  let subject: Subject | undefined
  for (let at = 1; at < most; at += every) {
    const now = subject ?? (await prepare())
    subject = undefined
    const faults = crashingOps(ops, at)
    const failure = await failureOf(() => now.run(faults.ops))
    if (faults.count() < at) {
      if (failure !== undefined) findings.add('at the end', failure)
      findings.report()
      return { points: at - 1 }
    }
    tried.crashes += 1
    await findings.of(`call ${at}`, async () => {
      await recoverKilled(now, ops, tried)
      const is = mustBeOldOrNew(now.tree(), now)
      mustBeTidy(now, is)
      // An old tree serves again, but now and then somebody has to go on from it.
      if (is === 'old' && at % 10 !== 0) subject = now
      else await now.goOn?.(is)
    })
  }
  throw new Error(`expected no more than ${most} calls`)
}

async function recoverKilled(subject: Subject, ops: FileOps, tried: Tried): Promise<void> {
  for (let at = 1; at < most; at += 1) {
    const faults = crashingOps(ops, at)
    const failure = await failureOf(() => subject.recover(faults.ops))
    if (faults.count() < at) {
      if (failure !== undefined) throw failure
      return
    }
    tried.crashes += 1
  }
  throw new Error(`expected recovery to take no more than ${most} calls`)
}

export interface FailureTrial extends Trial {
  /** The error of each call in turn. */
  readonly code: string
}

/**
 * Has each state-changing call in turn fail once. The program goes on: either it fails, and has put everything back by itself, or it did not
 * need the call, and the tree is the new one.
 */
export async function failEverywhere(trial: FailureTrial): Promise<{ failed: number; passed: number }> {
  const { prepare, tried, code, every = 1 } = trial
  const { ops } = systemPorts()
  const findings = createFindings()
  let subject: Subject | undefined
  let failed = 0
  for (let at = 1; at < most; at += every) {
    const now = subject ?? (await prepare())
    subject = undefined
    const faults = failingOps(ops, at, code)
    const open = openFiles()
    const failure = await failureOf(() => now.run(faults.ops))
    if (faults.count() < at) {
      if (failure !== undefined) findings.add('at the end', failure)
      findings.report()
      return { failed, passed: at - 1 - failed }
    }
    tried.errors += 1
    await findings.of(`${code} at call ${at}`, async () => {
      const leaked = openFiles().filter((path) => !open.includes(path))
      if (leaked.length > 0) throw new Error(`files are still open: ${leaked.join(', ')}`)
      const is = mustBeOldOrNew(now.tree(), now)
      // What is left to do after the new tree is there is for the next command.
      if (failure === undefined) await now.recover(ops)
      mustBeTidy(now, is)
      if (failure === undefined && is === 'old') throw new Error('it came through, but the tree is the old one')
      if (failure !== undefined) {
        failed += 1
        mustBeExplained(failure)
        if (is === 'new') throw new Error(`it failed, but the tree is the new one: ${failure}`)
        if (at % 10 !== 0) subject = now
      }
      if (subject === undefined) await now.goOn?.(is)
    })
  }
  throw new Error(`expected no more than ${most} calls`)
}

/** Each state-changing call of a recovery fails once, after a crash at call `crash`. The recovery after that comes through. */
export async function failRecovery(trial: FailureTrial & { readonly crash: number }): Promise<{ failed: number }> {
  const { prepare, tried, code, crash } = trial
  const { ops } = systemPorts()
  const findings = createFindings()
  let failed = 0
  for (let at = 1; at < most; at += 1) {
    const subject = await prepare()
    await failureOf(() => subject.run(crashingOps(ops, crash).ops))
    const faults = failingOps(ops, at, code)
    const failure = await failureOf(() => subject.recover(faults.ops))
    if (faults.count() < at) {
      if (failure !== undefined) findings.add('at the end', failure)
      findings.report()
      return { failed }
    }
    tried.errors += 1
    await findings.of(`crash at call ${crash}, ${code} at call ${at} of the recovery`, async () => {
      if (failure !== undefined) {
        failed += 1
        mustBeExplained(failure)
      }
      // What is left to do after the tree is whole is for the next command.
      await subject.recover(ops)
      const is = mustBeOldOrNew(subject.tree(), subject)
      mustBeTidy(subject, is)
      await subject.goOn?.(is)
    })
  }
  throw new Error(`expected recovery to take no more than ${most} calls`)
}

export interface Findings {
  add(where: string, failure: unknown): void
  /** Runs `look`; what it throws is noted. */
  of(where: string, look: () => Promise<void>): Promise<void>
  /** Throws when anything was noted. */
  report(): void
}

/** A finding at one call does not keep the others from being tried. */
export function createFindings(): Findings {
  const found: string[] = []
  const shown = 10
  const add = (where: string, failure: unknown): void => {
    found.push(`${where}: ${failure instanceof Error ? failure.message : failure}`)
  }
  return {
    add,
    async of(where, look) {
      const failure = await failureOf(look)
      if (failure !== undefined) add(where, failure)
    },
    report() {
      if (found.length > 0) throw new Error(`${found.length} findings\n${found.slice(0, shown).join('\n\n')}`)
    },
  }
}

export async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error ?? new Error('thrown without a reason')
  }
}

/** Nothing is left over, for a tree in this state. */
export function mustBeTidy(subject: Subject, is: 'old' | 'new'): void {
  const found = subject.leftovers(is)
  if (found.length > 0) throw new Error(`the tree is the ${is} one, but left over: ${found.join(', ')}`)
}

/** An error that a person can do something with: it names the path. */
export function mustBeExplained(failure: unknown): void {
  const { name, path } = failure as { name?: string; path?: unknown }
  if ((name === 'OverlayError' || name === 'SystemError') && path !== undefined) return
  throw new Error(`expected an error that names its path, found ${String(failure)}`, { cause: failure })
}

/** Paths of what this process has open; pipes and sockets are the test runner's. */
export function openFiles(): string[] {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => linkTarget(`/proc/self/fd/${fd}`) ?? [])
  return targets.filter((target) => target.startsWith('/') && !target.startsWith('/proc/') && target !== '/dev/null')
}

/** `undefined` for the descriptor of the listing itself. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
