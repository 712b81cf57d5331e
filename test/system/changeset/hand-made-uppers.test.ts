import { execFileSync } from 'node:child_process'
import { chownSync, lstatSync, mkdirSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Change, ChangeSet } from '../../../src/changeset/change.js'
import { readChangeSet } from '../../../src/changeset/read-change-set.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { applyChanges } from '../../helpers/apply-changes.js'
import { need } from '../../helpers/capability.js'
import { makerOf } from '../../helpers/hand-made-tree.js'
import { scratch } from '../../helpers/scratch.js'
import { backends, type OverlayBackend, type OverlayDirs } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'
import { type Case, cases } from './hand-made-cases.js'

describe.each(backends)('an upper made by hand, shown by $name', (backend) => {
  const shown = cases.filter(({ redirects }) => redirects !== true || backend.redirects === 'followed')
  it.for(shown)('$title', async (example, context) => {
    need(context, backend.missing())
    const { ops, path, dirs } = prepare(backend, example)
    const changeSet = await read(ops, backend, dirs)
    expect(changeSet.changes.map(line)).toEqual(example.changes)
    expect(changeSet.ignored.map((each) => each.path).sort()).toEqual(example.ignored ?? [])
    execFileSync('cp', ['-a', dirs.lower, `${path}/copy`])
    apply(ops, path, changeSet)
    const overlay = await backend.mount(dirs)
    onTestFinished(() => overlay.unmount())
    const exclude = new Set(
      changeSet.ignored.map((each) => each.path).filter((each) => isUnusable(`${overlay.merged}/${each}`)),
    )
    const merged = snapshotTree(ops, overlay.merged as AbsPath, { exclude })
    expect(snapshotTree(ops, `${path}/copy` as AbsPath, { exclude })).toEqual(merged)
  })
})

function prepare(backend: OverlayBackend, example: Case): { ops: FileOps; path: string; dirs: OverlayDirs } {
  const { ops, path } = scratch('/tmp')
  const dirs = { lower: `${path}/lower`, upper: `${path}/upper`, work: `${path}/work`, merged: `${path}/merged` }
  for (const each of [...Object.values(dirs), `${path}/scratch`]) mkdirSync(each)
  for (const each of [path, ...Object.values(dirs)]) chownSync(each, backend.user, backend.user)
  const other = backend.family === 'user' ? 'trusted' : 'user'
  example.lower(makerOf(ops, dirs.lower, backend.user))
  // Older than the upper for sure: what is made within one tick of the clock has equal times.
  execFileSync('find', [dirs.lower, '-exec', 'touch', '-h', '-d', '@1000000000', '{}', '+'])
  example.upper(
    makerOf(ops, dirs.upper, backend.user),
    (name) => `${backend.family}.overlay.${name}`,
    (name) => `${other}.overlay.${name}`,
  )
  return { ops, path, dirs }
}

async function read(ops: FileOps, backend: OverlayBackend, dirs: OverlayDirs): Promise<ChangeSet> {
  const lower = ops.openRoot(dirs.lower as AbsPath)
  const upper = ops.openRoot(dirs.upper as AbsPath)
  try {
    const { family, redirects } = backend
    return await readChangeSet({ ops, lower, upper, family, redirects, masks: [] })
  } finally {
    ops.close(lower)
    ops.close(upper)
  }
}

function apply(ops: FileOps, path: string, changeSet: ChangeSet): void {
  const open = (name: string): number => ops.openRoot(`${path}/${name}` as AbsPath)
  const fds = { base: open('lower'), upper: open('upper'), copy: open('copy'), scratch: open('scratch') }
  applyChanges({ ops, ...fds }, changeSet)
  for (const fd of Object.values(fds)) ops.close(fd)
}

function line({ kind, path, implied }: Change): string {
  return `${kind} ${path}${implied ? ' (implied)' : ''}`
}

/** Listed in merged, perhaps, but not to be had: ENOENT or EIO. */
function isUnusable(path: string): boolean {
  try {
    lstatSync(path)
    return false
  } catch {
    return true
  }
}
