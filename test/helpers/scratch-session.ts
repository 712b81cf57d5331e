import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { directoryIndexName } from '../../src/fingerprint/directory-index.js'
import { encodeIndexPlan } from '../../src/mount/holder-plan.js'
import { findHolder } from '../../src/os/find-holder.js'
import type { Ports } from '../../src/os/ports.js'
import type { AbsPath } from '../../src/paths/byte-string.js'
import { overlayDirName } from '../../src/paths/overlay-dir.js'
import { absPath } from '../../src/paths/rel-path.js'
import { sessionId } from '../../src/paths/session-id.js'
import { takeEpoch } from '../../src/session/epoch.js'
import type { Session } from '../../src/session/session.js'
import { asUser } from './as-user.js'
import type { OverlayBackend, OverlayDirs, TestOverlay } from './test-overlays.js'
import { type SnapshotOptions, snapshotTree, type TreeSnapshot } from './tree.js'

/** A session over a project of the test's own, mounted by hand: what the commit needs, without the session's own code. */
export interface ScratchSession {
  readonly session: Session
  readonly merged: AbsPath
  readonly project: AbsPath
  unmount(): Promise<void>
  /** What merged holds, seen through a fresh mount: inode numbers stay those of before a copy-up while the kernel remembers the entry. */
  snapshot(options?: SnapshotOptions): Promise<TreeSnapshot>
}

export interface ScratchOptions {
  readonly ports: Ports
  readonly backend: OverlayBackend
  /** An empty directory, or one that does not exist yet. */
  readonly dir: string
  /** Where upper and work lie, if not with the record; an empty directory too. */
  readonly layersDir?: string
  /** Another session's project, instead of one of its own. */
  readonly project?: AbsPath
  /** Fills the project before the session begins; runs as root. */
  readonly before: (project: AbsPath) => void
}

export async function openScratchSession(options: ScratchOptions): Promise<ScratchSession> {
  const { ports, backend, dir, layersDir = `${dir}/record`, before } = options
  const dirs: OverlayDirs = {
    lower: options.project ?? `${dir}/lower`,
    upper: `${layersDir}/upper`,
    work: `${layersDir}/work`,
    merged: `${dir}/merged`,
  }
  const project = absPath(dirs.lower)
  asUser(backend.user, () => {
    for (const each of [dir, `${dir}/record`, layersDir, ...Object.values(dirs)]) mkdirSync(each, { recursive: true })
  })
  before(project)
  // The epoch's own tick counts as changed, so what was just made must be older.
  await sleep(20)
  const record = ports.ops.openRoot(absPath(`${dir}/record`))
  const root = ports.ops.openRoot(project)
  const epoch = asUser(backend.user, () => takeEpoch(ports.ops, ports.machine, root, record))
  ports.ops.close(record)
  ports.ops.close(root)
  const index = { file: absPath(`${dir}/record/${directoryIndexName}`), skip: overlayDirName }
  execFileSync(findHolder(), ['index'], { input: encodeIndexPlan(project, index) })
  const overlay: TestOverlay = await backend.mount(dirs)
  const id = sessionId('scratch')
  const session: Session = {
    id,
    project,
    dir: absPath(`${dir}/record`),
    upper: absPath(dirs.upper),
    work: absPath(dirs.work),
    merged: absPath(overlay.merged),
    layers: absPath(layersDir),
    mountPoint: absPath(dirs.merged),
    record: {
      id,
      project,
      epoch,
      created: new Date().toISOString(),
      lastSeen: new Date().toISOString(),
      backend: backend.family === 'trusted' ? 'kernel' : 'userns',
      family: backend.family,
      fingerprint: 'auto',
      hide: [],
      masks: [],
      layers: undefined,
      holder: undefined,
      servedByFuse: backend.name === 'fuse',
    },
  }
  const snapshot = async (options?: SnapshotOptions): Promise<TreeSnapshot> => {
    const fresh = await (backend.shownBy ?? backend).mount(dirs)
    try {
      return snapshotTree(ports.ops, absPath(fresh.merged), options)
    } finally {
      await fresh.unmount()
    }
  }
  return { session, merged: session.merged, project, unmount: () => overlay.unmount(), snapshot }
}

/** Makes an empty directory of the backend's user. */
export function makeTop(backend: OverlayBackend, name: string): string {
  const top = execFileSync('mktemp', ['-d', `${tmpdir()}/oa-${name}-XXXXXX`], { encoding: 'utf8' }).trim()
  execFileSync('chown', [`${backend.user}:${backend.user}`, top])
  return top
}

/** With directories that their owner closed. */
export function removeTop(top: string): void {
  if (top === '') return
  if (process.getuid?.() !== 0) execFileSync('chmod', ['-R', 'u+rwx', top])
  rmSync(top, { recursive: true, force: true })
}
