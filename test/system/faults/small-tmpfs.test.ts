import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../../helpers/capability.js'
import { closeSubject, commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { mountFileSystem } from '../../helpers/loop-device.js'
import { type Room, recoverWithoutRoom, sweepRoom } from '../../helpers/scarce-room.js'
import { backends } from '../../helpers/test-overlays.js'

/** Bytes. */
const page = 4096

/** With some content that does not fit. */
const works = {
  project: `${everyKind.project}; yes base | head -c 50000 > large`,
  session: `${everyKind.session}; yes other | head -c 60000 > large; yes new | head -c 30000 > d/large`,
}

/** A tmpfs, and both kinds of room in it. */
function smallTmpfs(): { top: string; space: Room; inodes: Room } {
  const top = mountFileSystem('tmpfs')
  const remount = (limits: string): void => void execFileSync('mount', ['-o', `remount,${limits}`, top])
  const lift = (): void => remount('size=64m,nr_inodes=100000')
  lift()
  return {
    top,
    space: {
      leave(bytes) {
        const { blocks, bfree } = statfsSync(top)
        remount(`size=${(blocks - bfree) * page + bytes}`)
      },
      lift,
    },
    inodes: {
      leave(count) {
        const { files, ffree } = statfsSync(top)
        remount(`nr_inodes=${files - ffree + count}`)
      },
      lift,
    },
  }
}

describe.each(backends)('as $name, on a tmpfs', { timeout: 600_000 }, (backend) => {
  const tried = nothingTried()
  afterAll(() => reportTried(tried))
  beforeEach((context) => need(context, backend.missing()))

  // An undo builds nothing, but has to note that the changes are pending again; the others need room for what they stage.
  const subjects = [
    ['a commit', commitSubject, 4],
    ['a commit that closes its session', closeSubject, 2],
    ['an undo', undoSubject, 1],
  ] as const
  const step = backend.family === 'trusted' ? 1 : 4

  it.each(subjects)('%s ends old or new in whatever space there is', async (_name, subject, least) => {
    const { top, space } = smallTmpfs()
    const work: Work = { backend, top, ...works }
    const { failed, late } = await sweepRoom({ prepare: () => subject(work), tried, room: space, step: step * page })
    expect(failed).toBeGreaterThanOrEqual(least)
    if (subject !== undoSubject) expect(late).toBe(0)
  })

  it.each(subjects)('%s ends old or new with however many inodes', async (_name, subject, least) => {
    const { top, inodes } = smallTmpfs()
    const work: Work = { backend, top, ...works }
    const { failed, late } = await sweepRoom({ prepare: () => subject(work), tried, room: inodes, step })
    expect(failed).toBeGreaterThanOrEqual(least)
    if (subject !== undoSubject) expect(late).toBe(0)
  })

  it.each(subjects)('%s that was killed is recovered from with neither', async (_name, subject) => {
    const { top, space, inodes } = smallTmpfs()
    const work: Work = { backend, top, ...works }
    const room = {
      leave() {
        space.leave(0)
        inodes.leave(0)
      },
      lift: space.lift,
    }
    const { killed, late } = await recoverWithoutRoom({
      prepare: () => subject(work),
      tried,
      room,
      every: 2 * step + 9,
    })
    expect(killed).toBeGreaterThan(1)
    if (subject !== undoSubject) expect(late).toBe(0)
  })
})
