import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readChangeSet } from '../../../src/changeset/read-change-set.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createFileOps } from '../../../src/os/native-file-ops.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { applyChanges } from '../../helpers/apply-changes.js'
import { operations, skeleton } from '../../helpers/arbitrary-operations.js'
import { asUser } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { allBackends, lesserBackends, type OverlayBackend, type OverlayDirs } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { operate, type TreeOperation } from '../../helpers/tree-operations.js'

/** Runs a backend; more of them are asked for by hand. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 100)
/** The same sessions each time, so that a red run is about the change; others are asked for by hand. */
const seed = { seed: Number(process.env.PROPERTY_SEED ?? 20_261_122) }

describe.each([...allBackends, ...lesserBackends])('what the $name backend shows', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() !== undefined) return
    top = mkdtempSync(join(tmpdir(), 'oa-property-'))
    chownSync(top, backend.user, backend.user)
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))

  it('is what its changes make of a copy of the project', { timeout: 60_000 + numRuns * 3_000 }, async (context) => {
    need(context, backend.missing())
    let count = 0
    await fc.assert(
      fc.asyncProperty(operations, operations, async (before, during) => {
        count += 1
        const { merged, applied } = await runOnce(backend, `${top}/${count}`, before, during)
        expect(applied).toEqual(merged)
      }),
      { numRuns: backend.shownBy === undefined ? numRuns : Math.ceil(numRuns / 4), ...seed },
    )
  })
})

async function runOnce(
  backend: OverlayBackend,
  dir: string,
  before: readonly TreeOperation[],
  during: readonly TreeOperation[],
): Promise<{ merged: TreeSnapshot; applied: TreeSnapshot }> {
  const ops = createFileOps(loadAddon())
  const { operations: asked = (steps) => [...steps], shownBy = backend } = backend
  const dirs = { lower: `${dir}/lower`, upper: `${dir}/upper`, work: `${dir}/work`, merged: `${dir}/merged` }
  asUser(backend.user, () => {
    for (const each of [dir, ...Object.values(dirs), `${dir}/scratch`]) mkdirSync(each)
    operate(ops, dirs.lower as AbsPath, [...skeleton, ...asked(before)])
  })
  execFileSync('cp', ['-a', dirs.lower, `${dir}/copy`])
  await withOverlay(backend, dirs, (at) => asUser(backend.user, () => operate(ops, at, asked(during))))
  // Mounted again, as inode numbers stay those of before a copy-up for as long as the kernel remembers the entry.
  const merged = await withOverlay(shownBy, dirs, (at) => snapshotTree(ops, at))
  const open = (name: string): number => ops.openRoot(`${dir}/${name}` as AbsPath)
  const fds = { base: open('lower'), upper: open('upper'), copy: open('copy'), scratch: open('scratch') }
  const { family, redirects } = backend
  const changes = await readChangeSet({ ops, lower: fds.base, upper: fds.upper, family, redirects, masks: [] })
  applyChanges({ ops, ...fds }, changes)
  for (const fd of Object.values(fds)) ops.close(fd)
  const applied = snapshotTree(ops, `${dir}/copy` as AbsPath)
  rmSync(dir, { recursive: true, force: true })
  return { merged, applied }
}

async function withOverlay<T>(backend: OverlayBackend, dirs: OverlayDirs, use: (merged: AbsPath) => T): Promise<T> {
  const overlay = await backend.mount(dirs)
  try {
    return use(overlay.merged as AbsPath)
  } finally {
    await overlay.unmount()
  }
}
