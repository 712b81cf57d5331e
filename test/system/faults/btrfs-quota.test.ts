import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'
import { closeSubject, commitSubject, undoSubject, type Work } from '../../helpers/commit-subject.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { everyKind } from '../../helpers/fault-works.js'
import { mountFileSystem, noFileSystem } from '../../helpers/loop-device.js'
import { type Room, sweepRoom } from '../../helpers/scarce-room.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'

/** With content that is shared, and some that is copied, as extents with checksums and without cannot be shared. */
const works = {
  project: `${everyKind.project}; yes base | head -c 300000 > large`,
  session: `${everyKind.session}; yes other | head -c 300000 > large; : > d/large; chattr +C d/large; yes new | head -c 100000 > d/large`,
}

/** A subvolume with a quota of its own. */
function quotaVolume(): { top: string; room: Room } {
  const root = mountFileSystem('btrfs')
  const top = join(root, 'volume')
  const btrfs = (...args: string[]): string => execFileSync('btrfs', args, { encoding: 'utf8', stdio: 'pipe' })
  btrfs('quota', 'enable', root)
  btrfs('subvolume', 'create', top)
  execFileSync('chmod', ['1777', top])
  // By the subvolume's own path the quota would stand in the way of its change.
  const group = `0/${btrfs('inspect-internal', 'rootid', top).trim()}`
  return {
    top,
    room: {
      leave(bytes) {
        const [, used = ''] = /^\d+\/\d+\s+(\d+)/m.exec(btrfs('qgroup', 'show', '--raw', '--sync', '-F', top)) ?? []
        btrfs('qgroup', 'limit', `${Number(used) + bytes}`, group, root)
      },
      lift: () => void btrfs('qgroup', 'limit', 'none', group, root),
    },
  }
}

describe('on btrfs with a quota', { timeout: 600_000 }, () => {
  const tried = nothingTried()
  const backend = backends.find(({ name }) => name === 'kernel') as OverlayBackend
  afterAll(() => reportTried(tried))
  beforeEach((context) => need(context, backend.missing() ?? noFileSystem('btrfs') ?? noProgram('btrfs')))

  it.each([
    ['a commit', commitSubject],
    ['a commit that closes its session', closeSubject],
    ['an undo', undoSubject],
  ])('%s ends old or new, however much is left of it', async (_name, subject) => {
    const { top, room } = quotaVolume()
    const work: Work = { backend, top, ...works }
    // A node of the file system's trees has 16 KiB.
    const { failed } = await sweepRoom({ prepare: () => subject(work), tried, room, step: 16 * 1024 })
    expect(failed).toBeGreaterThan(5)
  })
})
