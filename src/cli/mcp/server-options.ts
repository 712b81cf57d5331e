import type { AbsPath } from '../../index.js'

/** What the user who starts the server allows. No tool can change it. */
export interface ServerOptions {
  readonly allowCommit: boolean
  readonly allowDiscard: boolean
  /** Modules from outside of the sessions, by the name that `exec` knows them by. */
  readonly modules: ReadonlyMap<string, AbsPath>
  /** Patterns of `mount --hide`, for each session that a tool mounts. */
  readonly hide: readonly string[]
  readonly limits: ExecCeilings
}

/** The most that one call of `exec` may ask for, and what it gets when it asks for nothing. */
export interface ExecCeilings {
  readonly timeMs: number
  readonly memoryBytes: number
  readonly outputBytes: number
}
