import { execFileSync } from 'node:child_process'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import type { BackendName } from '../../../src/mount/backend.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { overlayDirName } from '../../../src/paths/overlay-dir.js'
import { attachSession } from '../../../src/session/attach-session.js'
import { createSession } from '../../../src/session/create-session.js'
import type { Session } from '../../../src/session/session.js'
import { unmountSession } from '../../../src/session/unmount-session.js'
import { need } from '../../helpers/capability.js'
import { noFuse } from '../../helpers/fuse-bed.js'
import { makeBed } from '../../helpers/session-bed.js'
import { type SessionUser, startUser } from '../../helpers/session-user.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()
let user: SessionUser | undefined

beforeAll(async () => {
  if (noFuse() === undefined) user = await startUser(0)
  return () => user?.stop()
})
beforeEach((context) => need(context, noFuse()))

function shown({ merged }: Session): TreeSnapshot {
  return snapshotTree(ports.ops, merged, { exclude: new Set([overlayDirName]) })
}

function work(session: Session, script: string): void {
  execFileSync('sh', ['-ec', script], { cwd: session.merged })
}

async function moved(session: Session, backend: BackendName): Promise<Session> {
  const { session: detached } = await unmountSession(ports, session)
  return (await attachSession(ports, detached, { backend })).session
}

test.each([
  ['kernel', 'fuse'],
  ['fuse', 'kernel'],
] as const)('a session of root goes on from %s to %s and back, and shows the same', async (first, second) => {
  const bed = makeBed(user as SessionUser)
  let { session } = await createSession(ports, { ...bed, backend: first })
  work(session, 'echo more >>file; chmod 600 dir/two; rm link; mkdir new; echo n >new/n; ln new/n new/same')
  const before = shown(session)
  session = await moved(session, second)
  expect(shown(session)).toEqual(before)
  work(session, 'echo again >>file; rm -r dir/deep; mkdir dir/deep; echo other >dir/deep/four; mv new/n n')
  const after = shown(session)
  session = await moved(session, first)
  expect(shown(session)).toEqual(after)
  await commitSession(ports, session)
  const project = snapshotTree(ports.ops, bed.project, { exclude: new Set([overlayDirName]) })
  expect([...project.keys()].sort()).toEqual([...after.keys()].sort())
  expect(project).toEqual(after)
  await unmountSession(ports, session)
})

test('a directory that root renamed by the kernel is where it was put by FUSE, and the other way round', async () => {
  const bed = makeBed(user as SessionUser)
  let { session } = await createSession(ports, { ...bed, backend: 'kernel' })
  work(session, 'mv dir moved')
  const before = shown(session)
  session = await moved(session, 'fuse')
  expect(shown(session)).toEqual(before)
  work(session, 'mv moved/deep deeper; echo 3 >>deeper/three')
  const after = shown(session)
  session = await moved(session, 'kernel')
  expect(shown(session)).toEqual(after)
  const { applied } = await commitSession(ports, session)
  expect(applied.map(({ kind, path }) => `${kind} ${path}`)).toContain('rename moved')
  await unmountSession(ports, session)
})
