import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseDirectoryIndex } from '../../../src/fingerprint/directory-index.js'
import type { MountBackend, MountPlan } from '../../../src/mount/backend.js'
import { createBackends } from '../../../src/mount/backends.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { attachSession } from '../../../src/session/attach-session.js'
import { createSession } from '../../../src/session/create-session.js'
import { discardSession } from '../../../src/session/discard-session.js'
import { sessionLayout } from '../../../src/session/layout.js'
import { placeOf, type Session } from '../../../src/session/session.js'
import { unmountSession } from '../../../src/session/unmount-session.js'
import { need, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { makeBed } from '../../helpers/session-bed.js'
import { type SessionUser, startUser } from '../../helpers/session-user.js'

const ports = systemPorts()
/** How long a poll may take on a busy machine. */
const patience = { timeout: 20_000 }

describe('the directories of a project', () => {
  let users: SessionUser[] = []
  beforeAll(async () => {
    if (noRoot() === undefined) users = await Promise.all([startUser(0), startUser(plainUser)])
  })
  afterAll(() => {
    for (const user of users) user.stop()
  })
  beforeEach((context) => need(context, noRoot()))

  test.for([
    ['root', 0],
    ['a plain user', 1],
  ] as const)('are noted in a new session of %s, and go with it', async ([, which]) => {
    const user = users[which] as SessionUser
    const bed = makeBed(user)
    // The epoch's own tick counts as changed.
    await sleep(20)
    const { session } = await user.calls.create({ ...bed, id: 'one' as never })
    const file = indexOf(session)
    await expect.poll(() => existsSync(file), patience).toBe(true)
    const noted = parseDirectoryIndex(readFileSync(file))
    const real = ['dir', 'dir/deep'].map((path) => {
      const { ino, ctimeNs } = lstatSync(`${bed.project}/${path}`, { bigint: true })
      return [path, { ino, ctimeNs }]
    })
    expect([...noted].sort()).toEqual(real)
    // What a later check needs: they are older than the session.
    for (const { ctimeNs } of noted.values()) expect(ctimeNs < session.record.epoch.ctimeNs).toBe(true)
    await user.calls.discard({ ...bed, id: 'one' })
    expect(readdirSync(bed.project).sort()).toEqual(['dir', 'file', 'link'])
  })

  test('are noted when a session begins, not when it is attached again', async () => {
    const bed = makeBed(users[0] as SessionUser)
    const plans: MountPlan[] = []
    const backends = createBackends(ports).map((backend) => watched(backend, plans))
    const { session } = await createSession(ports, { ...bed, backends })
    await unmountSession(ports, session)
    await attachSession(ports, session, { backends })
    await discardSession(ports, session)
    const index = { file: indexOf(session), skip: '.openagentic' }
    expect(plans.map((plan) => plan.index)).toEqual([index, undefined])
  })

  test('are not noted where the whole project is fingerprinted', async () => {
    const bed = makeBed(users[0] as SessionUser)
    const plans: MountPlan[] = []
    const backends = createBackends(ports).map((backend) => watched(backend, plans))
    const { session } = await createSession(ports, { ...bed, backends, fingerprint: 'full' })
    await discardSession(ports, session)
    expect(plans.map((plan) => plan.index)).toEqual([undefined])
  })
})

function indexOf({ dir, record }: Session): string {
  return sessionLayout(placeOf(dir, record)).directories
}

function watched(backend: MountBackend, plans: MountPlan[]): MountBackend {
  const attach: MountBackend['attach'] = (plan) => {
    plans.push(plan)
    return backend.attach(plan)
  }
  return { ...backend, attach }
}
