import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { asUser } from '../../helpers/as-user.js'
import { need } from '../../helpers/capability.js'
import { allCells, beforeSession, type Cell } from '../../helpers/matrix/kinds.js'
import { copyOf, parentOf, Tree } from '../../helpers/matrix/model.js'
import { operateOn } from '../../helpers/matrix/operation.js'
import { type Expected, expectedOf } from '../../helpers/matrix/oracle.js'
import { type Family, SessionTree } from '../../helpers/matrix/session-model.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()
const { ops } = ports
const cells = allCells()

it('has a cell for every change over every base with every drift', () => {
  expect(cells.length).toBeGreaterThan(900)
  expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length)
})

/** Each cell is a directory of one project, and all of them are one session and one commit. */
describe.each(backends)('every cell of the matrix in a $name session', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'matrix')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it.each([false, true])('ends as the rules say, looked at before: %s', async (looked) => {
    const run = await runAll(backend, `${top}/${looked}`, looked)
    const expected = new Map(cells.map((cell) => [cell.dir, expectationOf(cell, backend.family, looked)]))
    const differing = cells.flatMap((cell) => {
      const want = conflictsOf(expected.get(cell.dir) ?? [])
      const got = [...(run.conflicts.get(cell.dir) ?? [])].sort()
      return want.join() === got.join() ? [] : [{ cell: cell.name, want, got }]
    })
    expect(differing).toEqual([])
    const broken = cells.flatMap((cell) =>
      wrongEntries(cell, expected.get(cell.dir) ?? [], run).map((what) => ({ cell: cell.name, ...what })),
    )
    expect(broken).toEqual([])
    const kinds = ['create', 'delete', 'metadata', 'modify', 'rename', 'type'].filter(
      (kind) => kind !== 'rename' || backend.redirects === 'followed',
    )
    expect([...run.kinds].sort()).toEqual(kinds)
    const reasons = [...expected.values()].flat().map(({ verdict }) => verdict)
    expect([...new Set(reasons)].sort()).toEqual(['appeared', 'apply', 'changed', 'drop', 'unknown-entry', 'vanished'])
  })
})

function expectationOf({ base, session, person }: Cell, family: Family, looked: boolean): Expected[] {
  const before = new Tree(0).run(beforeSession(base))
  const shown = new SessionTree(before, family).run(session)
  const now = copyOf(before, 1).run(person)
  return expectedOf({ before, session: shown as SessionTree, now, family, looked })
}

function conflictsOf(expected: readonly Expected[]): string[] {
  const conflicts = expected.filter(({ verdict }) => verdict !== 'apply' && verdict !== 'drop')
  return [...new Set(conflicts.map(({ path, verdict }) => `${verdict} ${path}`))].sort()
}

interface Run {
  /** By the cell's directory. */
  readonly conflicts: ReadonlyMap<string, ReadonlySet<string>>
  readonly kinds: ReadonlySet<string>
  readonly before: TreeSnapshot
  readonly merged: TreeSnapshot
  /** Directories that merged cannot list, as it has lost the data of an entry. */
  readonly unreadable: ReadonlySet<string>
  readonly after: TreeSnapshot
}

async function runAll(backend: OverlayBackend, dir: string, looked: boolean): Promise<Run> {
  const work = (root: string, part: 'session' | 'person'): void =>
    asUser(backend.user, () => {
      for (const cell of cells) operateOn(ops, `${root}/${cell.dir}`, cell[part], cell.dir)
    })
  const before = (project: string): void =>
    asUser(backend.user, () => {
      for (const cell of cells) operateOn(ops, project, [['mkdir', cell.dir]])
      for (const cell of cells) operateOn(ops, `${project}/${cell.dir}`, beforeSession(cell.base), cell.dir)
    })
  const scratch: ScratchSession = await openScratchSession({ ports, backend, dir, before })
  try {
    work(scratch.merged, 'session')
  } finally {
    await scratch.unmount()
  }
  if (looked) await reviewSession(ports, scratch.session)
  work(scratch.project, 'person')
  const conflicts = new Map<string, Set<string>>()
  const review = await reviewSession(ports, scratch.session)
  const kinds = new Set(review.changeSet.changes.map(({ kind }) => kind))
  for (const { reason, path } of review.conflicts) {
    const [, cell = '', rest = ''] = /^([^/]*)\/(.*)$/s.exec(path) ?? []
    conflicts.set(cell, (conflicts.get(cell) ?? new Set()).add(`${reason} ${rest}`))
  }
  const unreadable = new Set<string>()
  const unsettled = {
    before: snapshotTree(ops, scratch.project),
    merged: await scratch.snapshot({ unreadable }),
    unreadable,
  }
  await commitSession(ports, scratch.session, { onConflict: 'skip' })
  return { conflicts, kinds, ...unsettled, after: snapshotTree(ops, scratch.project) }
}

/** Where there is a conflict the person's side stands; else what was to be applied is as merged showed it, and all the rest as it was. */
function wrongEntries(
  { dir }: Cell,
  expected: readonly Expected[],
  { before, merged, after, unreadable }: Run,
): { path: string; want: unknown; got: unknown }[] {
  const isOf = (path: string, ...verdicts: readonly string[]): boolean =>
    expected.some(({ path: top, whole, verdict }) => {
      if (!verdicts.includes(verdict)) return false
      return path === `${dir}/${top}` || (whole && path.startsWith(`${dir}/${top}/`))
    })
  const conflicts = ['changed', 'appeared', 'vanished', 'unknown-entry']
  const conflicting = expected.some(({ verdict }) => conflicts.includes(verdict))
  const paths = new Set([...before.keys(), ...merged.keys(), ...after.keys()])
  return [...paths].flatMap((path) => {
    if (!path.startsWith(`${dir}/`)) return []
    const [was, shown, is] = [before, merged, after].map((tree) => essence(tree.get(path)))
    const mine = isOf(path, 'apply') && !isOf(path, 'drop', ...conflicts)
    const want = mine ? shown : was
    // What depends on a conflict stays pending with it.
    // The kernel hides an entry whose origin it meets at another path first (ESTALE).
    const isStale = shown === 'nothing' && expected.some((each) => `${dir}/${each.path}` === path && each.wanted)
    const isUnknown = isStale || unreadable.has(parentOf(path))
    const right = is === want || (mine && (isUnknown || (conflicting && is === was)))
    return right ? [] : [{ path, want, got: is }]
  })
}

function essence(entry: ReturnType<TreeSnapshot['get']>): string {
  if (entry === undefined) return 'nothing'
  const { type, mode, owner, content, xattrs } = entry
  return JSON.stringify({ type, mode, owner, content: content.slice(0, 8), xattrs })
}
