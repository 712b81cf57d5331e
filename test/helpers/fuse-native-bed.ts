import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLayerOps } from '../../src/os/layer-ops.js'
import { loadAddon } from '../../src/os/load-addon.js'
import { systemPorts } from '../../src/os/system-ports.js'
import { absPath } from '../../src/paths/rel-path.js'
import { sessionId } from '../../src/paths/session-id.js'
import { createSession } from '../../src/session/create-session.js'
import type { Session } from '../../src/session/session.js'
import { unmountSession } from '../../src/session/unmount-session.js'
import type { PathCalls } from './path-calls.js'
import { plainCalls } from './plain-calls.js'

/** A session of root's, served by fuse-native, and the same calls on what it shows, on its upper and on the project. */
export interface FuseNativeBed {
  readonly session: Session
  readonly project: string
  readonly merged: PathCalls
  readonly limits: readonly string[]
  end(): Promise<void>
}

export async function fuseNativeBed(fill: (project: string) => void): Promise<FuseNativeBed> {
  const top = mkdtempSync(join(tmpdir(), 'oa-fuse-native-'))
  const project = join(top, 'project')
  mkdirSync(project)
  fill(project)
  const ports = systemPorts()
  const options = { project: absPath(project), stateRoot: absPath(`${top}/state`), id: sessionId('s') }
  const { session, limits } = await createSession(ports, { ...options, fuseBinding: 'fuse-native' })
  return {
    session,
    project,
    merged: plainCalls(createLayerOps(loadAddon()), session.merged),
    limits,
    async end() {
      await unmountSession(ports, session)
      rmSync(top, { recursive: true, force: true })
    },
  }
}
