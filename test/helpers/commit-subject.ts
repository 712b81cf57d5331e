import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { commitSession } from '../../src/commit/commit-session.js'
import { recoverCommit } from '../../src/commit/recover-commit.js'
import type { CommitOptions } from '../../src/commit/types.js'
import { undoCommit } from '../../src/commit/undo-commit.js'
import type { FileOps } from '../../src/os/file-ops.js'
import { systemPorts } from '../../src/os/system-ports.js'
import type { Subject } from './crash-points.js'
import { openScratchSession, type ScratchSession } from './scratch-session.js'
import type { OverlayBackend } from './test-overlays.js'
import { snapshotTree, type TreeSnapshot } from './tree.js'
import { treeDifferences } from './tree-oracle.js'

/** A session to be committed: who works in it, and what the shell scripts make. */
export interface Work {
  readonly backend: OverlayBackend
  /** A directory that holds one session after the other. */
  readonly top: string
  /** Fills the project. */
  readonly project: string
  /** Works in the session. */
  readonly session: string
}

const ports = systemPorts()

function run(backend: OverlayBackend, at: string, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
}

let made = 0

/** A detached session with its work done. The one before is removed: only one at a time is looked at. */
async function worked({ backend, top, project, session }: Work): Promise<ScratchSession> {
  const former = `${top}/${made}`
  made += 1
  if (existsSync(former)) rmSync(former, { recursive: true, force: true })
  const before = (at: string): void => run(backend, at, project)
  const scratch = await openScratchSession({ ports, backend, dir: `${top}/${made}`, before })
  run(backend, scratch.merged, session)
  await scratch.unmount()
  return scratch
}

/** Committing the session. */
export async function commitSubject(work: Work, options: CommitOptions = {}): Promise<Subject> {
  const scratch = await worked(work)
  const tree = (): TreeSnapshot => snapshot(scratch)
  const states = { old: tree(), new: await scratch.snapshot() }
  return {
    ...states,
    tree,
    run: (ops) => commitSession({ ...ports, ops }, scratch.session, options),
    recover: (ops) => recoverCommit({ ...ports, ops }, scratch.session),
    leftovers: (is) => strays(scratch, is === 'new' ? 1 : 0),
    async goOn() {
      await commitSession(ports, scratch.session, options)
      mustEqual(tree(), states.new)
      const { applied } = await commitSession(ports, scratch.session, options)
      if (applied.length > 0) throw new Error(`a second commit applied ${applied.map(({ path }) => path).join(', ')}`)
    },
  }
}

/** Committing the session and closing it: its files are moved. */
export async function closeSubject(work: Work): Promise<Subject> {
  const scratch = await worked(work)
  const { session } = scratch
  const tree = (): TreeSnapshot => snapshot(scratch)
  const states = { old: tree(), new: await scratch.snapshot() }
  return {
    ...states,
    tree,
    run: (ops) => commitSession({ ...ports, ops }, session, { close: true }),
    recover: (ops) => recoverCommit({ ...ports, ops }, session),
    leftovers(is) {
      const found = strays(scratch, is === 'new' ? 1 : 0)
      if (existsSync(session.upper) === (is === 'new')) found.push(`upper is ${is === 'new' ? 'there' : 'gone'}`)
      return found
    },
    async goOn(is) {
      if (is === 'old') {
        mustEqual(await scratch.snapshot(), states.new)
        await commitSession(ports, session, { close: true })
      }
      mustEqual(tree(), states.new)
      await undoCommit(ports, session)
      mustEqual(tree(), states.old)
      mustEqual(await scratch.snapshot(), states.new)
    },
  }
}

/** Undoing the session's commit. */
export async function undoSubject(work: Work): Promise<Subject> {
  const scratch = await worked(work)
  const tree = (): TreeSnapshot => snapshot(scratch)
  const before = tree()
  await commitSession(ports, scratch.session)
  const states = { old: tree(), new: before }
  return {
    ...states,
    tree,
    run: (ops: FileOps) => undoCommit({ ...ports, ops }, scratch.session),
    recover: (ops) => recoverCommit({ ...ports, ops }, scratch.session),
    leftovers: () => strays(scratch, 1),
    async goOn(is) {
      if (is === 'old') await undoCommit(ports, scratch.session)
      mustEqual(tree(), states.new)
      await commitSession(ports, scratch.session)
      mustEqual(tree(), states.old)
    },
  }
}

/** Undoing the commit that closed the session, which opens it again. */
export async function reopenSubject(work: Work): Promise<Subject> {
  const scratch = await worked(work)
  const { session } = scratch
  const tree = (): TreeSnapshot => snapshot(scratch)
  const before = tree()
  const merged = await scratch.snapshot()
  await commitSession(ports, session, { close: true })
  const states = { old: tree(), new: before }
  return {
    ...states,
    tree,
    run: (ops) => undoCommit({ ...ports, ops }, session),
    recover: (ops) => recoverCommit({ ...ports, ops }, session),
    leftovers(is) {
      const found = strays(scratch, 1)
      if (existsSync(session.upper) === (is === 'old')) found.push(`upper is ${is === 'old' ? 'there' : 'gone'}`)
      return found
    },
    async goOn(is) {
      if (is === 'old') await undoCommit(ports, session)
      mustEqual(tree(), states.new)
      mustEqual(await scratch.snapshot(), merged)
      await commitSession(ports, session, { close: true })
      mustEqual(tree(), states.old)
    },
  }
}

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}

/** What a finished or taken back commit should not leave in the session's record. */
function strays({ session }: ScratchSession, kept: number): string[] {
  const names = readdirSync(session.dir)
  const found = names.filter((name) => ['journal', 'made', 'stage'].includes(name) || name.includes('.new'))
  const commits = names.includes('undo') ? readdirSync(`${session.dir}/undo`) : []
  if (commits.length !== kept) found.push(`undo/{${commits.join(',')}}`)
  for (const id of commits) {
    const inside = readdirSync(`${session.dir}/undo/${id}`)
    for (const name of ['plan', 'mark']) if (!inside.includes(name)) found.push(`undo/${id} without ${name}`)
  }
  return found
}

function mustEqual(tree: TreeSnapshot, expected: TreeSnapshot): void {
  const differences = treeDifferences(tree, expected)
  if (differences.length > 0) throw new Error(`going on, the tree differs:\n${differences.join('\n')}`)
}
