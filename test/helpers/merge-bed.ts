import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { commitSession } from '../../src/commit/commit-session.js'
import { reviewSession } from '../../src/commit/review-session.js'
import type { CommitOptions, CommitSummary } from '../../src/commit/types.js'
import type { Ports } from '../../src/os/ports.js'
import { need } from './capability.js'
import { makeTop, openScratchSession, removeTop, type ScratchSession } from './scratch-session.js'
import type { OverlayBackend } from './test-overlays.js'

const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`)

/** A session over files `f` and `g` of 20 lines, a file `bin` that is no text, `e` with CRLF and bytes, and a link `l`; a new one for each test. */
export interface MergeBed {
  readonly scratch: ScratchSession
  /** Runs a script in merged. */
  session(script: string): void
  /** Runs a script in the project. */
  person(script: string): void
  /** Reviews; the paths that changed. */
  look(): Promise<string[]>
  merge(options?: Partial<CommitOptions>): Promise<CommitSummary>
  /** Content of a file of the project, one char a byte. */
  project(name: string): string
}

/** `line 1` to `line 20`, with some replaced. */
export function changed(...edits: readonly (readonly [line: number, text: string])[]): string {
  return `${lines.map((line, index) => edits.find(([number]) => number === index + 1)?.[1] ?? line).join('\n')}\n`
}

/** To be called in a `describe`. */
export function useMergeBed(ports: Ports, backend: OverlayBackend): MergeBed {
  let top = ''
  let count = 0
  let scratch: ScratchSession
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'merge')
  })
  afterAll(() => removeTop(top))
  beforeEach(async (context) => {
    need(context, backend.missing())
    count += 1
    scratch = await openScratchSession({ ports, backend, dir: `${top}/${count}`, before: fill })
    return () => scratch.unmount()
  })
  const run = (at: string, script: string): void => {
    execFileSync('sh', ['-ec', `umask 022; ${script}`], { cwd: at, uid: backend.user, gid: backend.user })
  }
  const fill = (project: string): void =>
    run(
      project,
      `printf '%s\\n' '${lines.join('\n')}' > f; cp f g; head -c 3000 /dev/urandom > bin; ln -s f l
      printf '\\377a\\r\\nb\\r\\nc\\r\\nd\\r\\ne' > e
      setfattr -n user.kind -v old bin e`,
    )
  return {
    get scratch() {
      return scratch
    },
    session: (script) => run(scratch.merged, script),
    person: (script) => run(scratch.project, script),
    look: async () => (await reviewSession(ports, scratch.session)).changeSet.changes.map(({ path }) => path),
    merge: (options = {}) => commitSession(ports, scratch.session, { onConflict: 'merge', ...options }),
    project: (name) => readFileSync(`${scratch.project}/${name}`, 'latin1'),
  }
}

/** Everything of a tree but its inodes. */
export function listing(at: string): string {
  const script = 'find . -printf "%p %y %m %s %T@ %l\\n" | sort; find . -type f -exec sha256sum {} + | sort'
  return execFileSync('sh', ['-c', script], { cwd: at, encoding: 'utf8' })
}
