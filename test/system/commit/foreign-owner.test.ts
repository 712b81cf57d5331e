import { chownSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { SystemError } from '../../../src/os/system-error.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { withDir } from '../../../src/session/open-dirs.js'
import { saveRecord } from '../../../src/session/record-file.js'
import { asUser, asUserToTheEnd } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

describe.each(backends)('a $name session', (backend) => {
  beforeEach((context) => need(context, backend.missing()))

  it('leaves no file of root’s that would shut its user out', async () => {
    if (backend.user === 0) return
    const top = makeTop(backend, 'owner')
    const scratch = await openScratchSession({ ports, backend, dir: `${top}/session`, before: () => undefined })
    try {
      asUser(backend.user, () => writeFileSync(`${scratch.merged}/new`, 'new'))
      await scratch.unmount()
      const { ops } = watchedOps(ports.ops, (_call, name) => {
        if (name === 'setOwner') throw new SystemError('EIO', 5, name, 'injected')
      })
      await expect(reviewSession({ ...ports, ops }, scratch.session)).rejects.toMatchObject({ code: 'EIO' })
      expect(readdirSync(scratch.session.dir)).not.toContain('ledger.lock')
      withDir(ports.ops, scratch.session.dir, (dir) => saveRecord(ports.ops, dir, scratch.session.record))
      withDir(ops, scratch.session.dir, (dir) => {
        expect(() => saveRecord(ops, dir, scratch.session.record)).toThrow('EIO')
      })
      expect(statSync(`${scratch.session.dir}/session.json`).uid).toBe(backend.user)
      const { applied } = await asUserToTheEnd(backend.user, () => commitSession(ports, scratch.session))
      expect(applied).toHaveLength(1)
    } finally {
      rmSync(top, { recursive: true, force: true })
    }
  })

  it('leaves the project to the group that it belongs to', async () => {
    need({ skip: () => undefined } as never, backend.missing())
    const top = makeTop(backend, 'owner')
    const scratch = await openScratchSession({
      ports,
      backend,
      dir: `${top}/session`,
      before: (project) => chownSync(project, backend.user, 4321),
    })
    try {
      const fresh = await reviewSession(ports, scratch.session)
      // Root could have given the upper to the group; the tests' own bare mount did not.
      expect(fresh.changeSet.changes.map(({ path }) => path)).toEqual(backend.family === 'user' ? [] : [''])
      asUser(backend.user, () => writeFileSync(`${scratch.merged}/new`, 'new'))
      await commitSession(ports, scratch.session, { paths: fresh.changeSet.changes.length > 0 ? ['new' as never] : [] })
      expect(statSync(scratch.project)).toMatchObject({ uid: backend.user, gid: 4321 })
      expect(statSync(`${scratch.project}/new`)).toMatchObject({ uid: backend.user, gid: backend.user })
    } finally {
      await scratch.unmount()
      rmSync(top, { recursive: true, force: true })
    }
  })
})
