import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemPorts } from '../../src/os/system-ports.js'
import { overlayDirName } from '../../src/paths/overlay-dir.js'
import { absPath } from '../../src/paths/rel-path.js'
import { sessionId } from '../../src/paths/session-id.js'
import { attachSession } from '../../src/session/attach-session.js'
import { createSession } from '../../src/session/create-session.js'
import type { Session } from '../../src/session/session.js'
import { unmountSession } from '../../src/session/unmount-session.js'
import type { WorkScripts } from './fault-works.js'
import { snapshotTree, type TreeSnapshot } from './tree.js'
import type { OldAndNew } from './tree-oracle.js'

/** A session that another process can go on with, its work done, detached; with the tree before and after its commit. */
export interface RealSession extends OldAndNew {
  readonly session: Session
  readonly project: string
  tree(): TreeSnapshot
}

export const realSessionId = 's'

/** Makes `top/project` and a session over it, as root. */
export async function realSession(top: string, work: WorkScripts): Promise<RealSession> {
  const ports = systemPorts()
  const project = `${top}/project`
  mkdirSync(project)
  execFileSync('sh', ['-ec', work.project], { cwd: project })
  // The epoch's own tick counts as changed.
  await sleep(20)
  const options = { project: absPath(project), stateRoot: absPath(`${top}/state`), id: sessionId(realSessionId) }
  const { session } = await createSession(ports, { ...options, backend: 'kernel' })
  execFileSync('sh', ['-ec', work.session], { cwd: session.merged })
  await unmountSession(ports, session)
  // Inode numbers stay those of before a copy-up for as long as the kernel remembers the entry.
  const again = (await attachSession(ports, session, { backend: 'kernel' })).session
  const merged = snapshotTree(ports.ops, again.merged, { exclude: new Set([overlayDirName]) })
  const { session: detached } = await unmountSession(ports, again)
  const tree = (): TreeSnapshot => snapshotTree(ports.ops, absPath(project), { exclude: new Set([overlayDirName]) })
  return { session: detached, project, tree, old: tree(), new: merged }
}
