import { discardChanges } from '../commit/discard-changes.js'
import type { ReviewOptions } from '../commit/review-session.js'
import type { Recovery } from '../commit/types.js'
import { type UndoOptions, undoCommit } from '../commit/undo-commit.js'
import { OverlayError } from '../errors/overlay-error.js'
import type { BackendName } from '../mount/backend.js'
import type { Rejected } from '../mount/choose-backend.js'
import type { Ports } from '../os/ports.js'
import { jsonName } from '../paths/bytes.js'
import type { SessionId } from '../paths/session-id.js'
import type { WasiExecInput, WasiExecResult, WasiRunner } from '../run/wasi-input.js'
import { loadSession } from '../session/find-session.js'
import type { Session } from '../session/session.js'
import { unmountSession } from '../session/unmount-session.js'
import { chosenPaths } from './chosen-paths.js'
import { logOperation } from './log-operation.js'
import { type GitSettings, type SessionDiff, type SessionDiffOptions, sessionDiff } from './session-diff.js'
import {
  type ChangedPath,
  changedPaths,
  reportUndo,
  type SessionChanges,
  type SessionCommit,
  type SessionUndo,
} from './session-report.js'
import { type SessionCommitOptions, ShadowDirWorkspace } from './shadow-dir-workspace.js'

/** How a session came to be open. */
export interface SessionOrigin {
  readonly session: Session
  readonly created: boolean
  readonly wasMounted: boolean
  readonly recovered: Recovery | undefined
  readonly rejected: readonly Rejected[]
  readonly notes: readonly string[]
}

export interface SessionTools {
  readonly ports: Ports
  readonly runner: WasiRunner | undefined
  readonly git: GitSettings | undefined
}

/** An exec input without the directory, which is the session's. */
export type SessionExecInput = Omit<WasiExecInput, 'preopenDir' | 'fs'>

/** Errors of a session that somebody else uses, discarded or closed: there is nothing to detach, or nobody to wait for. */
const notOurs: readonly string[] = ['SESSION_BUSY', 'NO_SUCH_SESSION', 'SESSION_CLOSED']

/**
 * A mounted session, made by `openSession`. With `await using` it is detached at the end of its scope and its changes are kept; nothing is
 * committed or dropped unless `commit` or `discard` is called.
 */
export class OpenedSession implements AsyncDisposable {
  readonly id: SessionId
  /** Real path of the project, in the form of `jsonName`. */
  readonly project: string
  /** The merged directory, for tools and people, in the form of `jsonName`. */
  readonly merged: string
  readonly backend: BackendName
  /** It was made now; else it was there and has been attached. */
  readonly created: boolean
  /** What became of a commit of it that had been cut short. */
  readonly recovered: Recovery | undefined
  /** The backends that came before the one in use, with why they are not. */
  readonly rejected: readonly Rejected[]
  /** What the session cannot do that its user may expect, and where its changes had to go, in sentences. */
  readonly notes: readonly string[]
  readonly workspace: ShadowDirWorkspace
  /** For functions that take a `Session`. What it says is what was true when it was opened. */
  readonly session: Session
  readonly #tools: SessionTools
  #detaches: boolean

  /** @internal */
  constructor({ session, created, wasMounted, recovered, rejected, notes }: SessionOrigin, tools: SessionTools) {
    this.id = session.id
    this.project = jsonName(session.project)
    this.merged = jsonName(session.merged)
    this.backend = session.record.backend
    this.created = created
    this.recovered = recovered
    this.rejected = rejected
    this.notes = notes
    this.session = session
    this.workspace = new ShadowDirWorkspace(session, { ports: tools.ports })
    this.#tools = tools
    this.#detaches = !wasMounted
  }

  /** What the session changed, and where a commit would stop. @throws OverlayError as `reviewSession` */
  changes(options: ReviewOptions = {}): Promise<SessionChanges> {
    return this.workspace.changes(options)
  }

  /** The changes as git would show them. @throws OverlayError as `writePatch` and `reviewSession` */
  diff(options: SessionDiffOptions = {}): Promise<SessionDiff> {
    const { ports, git } = this.#tools
    return sessionDiff(ports, this.#current(), git ?? {}, options)
  }

  /** Carries the changes over to the project: all that are asked for, or on an error none. @throws OverlayError as `commitSession` */
  commit(options: SessionCommitOptions = {}): Promise<SessionCommit> {
    return this.workspace.commit(options)
  }

  /** Takes the last commit back; its changes are pending again. @throws OverlayError as `undoCommit` */
  async undo(options: UndoOptions = {}): Promise<SessionUndo> {
    const { ports } = this.#tools
    const session = this.#current()
    const summary = await undoCommit(ports, session, options)
    const details = { restored: summary.restored.length, committed: new Date(summary.committed).toISOString() }
    if (!summary.dryRun) await logOperation(ports, session, 'undo', details)
    return reportUndo(summary)
  }

  /** Forgets the changes to some paths, and those that cannot stand without them. @throws OverlayError as `discardChanges` */
  async revert(paths: readonly string[]): Promise<ChangedPath[]> {
    const chosen = chosenPaths(paths)
    if (chosen.length === 0) {
      throw new OverlayError('USAGE', 'Expected paths below the project to revert', {
        hint: '`discard` drops all changes, and the session.',
      })
    }
    return changedPaths(await discardChanges(this.#tools.ports, this.#current(), { paths: chosen }))
  }

  /** Runs a WASI module in merged. @throws OverlayError `USAGE` without a `runner`; `SESSION_NOT_MOUNTED`, and as `WasmtimeWasiRunner` */
  async exec(input: SessionExecInput): Promise<WasiExecResult> {
    const { ports, runner } = this.#tools
    if (runner === undefined) {
      throw new OverlayError('USAGE', 'Expected a `runner` to run a module by, got none', {
        hint: 'Give `openSession` a `WasmtimeWasiRunner`.',
      })
    }
    // Fails unless it is mounted.
    await this.workspace.stat('.')
    const result = await runner.execModule({ ...input, preopenDir: this.merged })
    const { ended, exitCode, durationMs } = result
    const details = { argv: input.argv ?? [], ended, exitStatus: exitCode, durationMs: Math.round(durationMs) }
    await logOperation(ports, this.session, 'exec', details)
    return result
  }

  /** Detaches the session; its changes are kept. @throws OverlayError `SESSION_BUSY` while a process uses merged, and as `unmountSession` */
  async unmount(): Promise<void> {
    await unmountSession(this.#tools.ports, this.#current())
    this.#detaches = false
  }

  /** Drops the session with all its changes, for good. @throws OverlayError as `discardSession` */
  async discard(): Promise<void> {
    await this.workspace.discard()
    this.#detaches = false
  }

  /**
   * Detaches what `openSession` attached, and keeps all changes. A session that was mounted before stays mounted, and so does one that a
   * process still uses.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#detaches) return
    try {
      await this.unmount()
    } catch (error) {
      if (!(error instanceof OverlayError) || !notOurs.includes(error.code)) throw error
    }
  }

  /** A commit may have mounted it anew. */
  #current(): Session {
    return loadSession(this.#tools.ports.ops, this.session.project, this.session.dir)
  }
}
