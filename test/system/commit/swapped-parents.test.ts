import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need } from '../../helpers/capability.js'
import { failureOf } from '../../helpers/crash-points.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { type OldAndNew, treeDifferences } from '../../helpers/tree-oracle.js'

const ports = systemPorts()

const fill = (suffix: string): string =>
  `mkdir -p d/sub; for n in x y z; do echo $n${suffix} > d/$n; done; echo s${suffix} > d/sub/s`
/** Each kind of step in the directory, and one beside it. */
const session = `
  echo 1 >> f; echo 1 >> d/x; rm d/y; chmod 600 d/z; echo n > d/n; mkdir d/new; echo n > d/new/n; rm -r d/sub; echo sub > d/sub; chmod 700 d`

describe.each(backends)('a $name commit while a directory is swapped', { timeout: 300_000 }, (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'swapped')
  })
  afterAll(() => {
    // A test that failed may have left something mounted.
    execFileSync('sh', ['-c', 'umount "$1"/*/lower/d 2>/dev/null; rm -rf --one-file-system "$1"', 'sh', top])
  })
  beforeEach((context) => need(context, backend.missing()))

  const run = (at: string, script: string): unknown =>
    execFileSync('bash', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })

  /** The project, and beside it a directory with the same names, which nobody may touch. */
  async function prepare(): Promise<{ scratch: ScratchSession; outside: () => TreeSnapshot }> {
    const dir = `${top}/${count++}`
    mkdirSync(dir)
    execFileSync('chown', [`${backend.user}:${backend.user}`, dir])
    run(dir, `mkdir outside; cd outside; ${fill(' outside')}`)
    const before = (project: string): void => void run(project, `echo f > f; ${fill('')}`)
    const scratch = await openScratchSession({ ports, backend, dir, before })
    run(scratch.merged, session)
    await scratch.unmount()
    return { scratch, outside: () => snapshotTree(ports.ops, `${dir}/outside` as AbsPath) }
  }

  /** Commits with `swap` happening before the given state-changing call, if there is one: the error, if any. */
  async function commitWith(
    { session }: ScratchSession,
    at: number,
    swap: () => void,
  ): Promise<{ error: unknown; swapped: boolean }> {
    let swapped = false
    const { ops } = watchedOps(ports.ops, (call) => {
      if (call !== at || swapped) return
      swapped = true
      swap()
    })
    const error = await failureOf(() => commitSession({ ...ports, ops }, session))
    return { error, swapped }
  }

  /** All calls from the mark on, and some before it: numbers. */
  async function moments(): Promise<number[]> {
    const { scratch } = await prepare()
    const renames: number[] = []
    const counted = watchedOps(ports.ops, (call, name) => void (name === 'rename' && renames.push(call)))
    await commitSession({ ...ports, ops: counted.ops }, scratch.session)
    // The first rename is that of the plan.
    const [, mark = 0] = renames
    return Array.from({ length: counted.count() }, (_, index) => index + 1).filter((at) => at >= mark || at % 8 === 1)
  }

  it.each(['abort', 'skip', 'ours', 'theirs'] as const)(
    'for a link before it began writes nothing through it: %s',
    async (onConflict) => {
      const { scratch, outside } = await prepare()
      run(scratch.project, 'mv d was; ln -s ../outside/d d')
      const [before, was] = [outside(), snapshotTree(ports.ops, `${scratch.project}/was` as AbsPath)]
      await commitSession(ports, scratch.session, { onConflict }).catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'COMMIT_CONFLICT' }),
      )
      expect(outside()).toEqual(before)
      expect(snapshotTree(ports.ops, `${scratch.project}/was` as AbsPath)).toEqual(was)
    },
  )

  it('for a link at any call writes nothing through it, and ends old or new once the directory is back', async () => {
    const ends = { failed: 0, cutShort: 0, done: 0 }
    for (const at of await moments()) {
      const { scratch, outside } = await prepare()
      const { project } = scratch
      const states = { old: snapshotTree(ports.ops, project), new: await scratch.snapshot() }
      const around = outside()
      const { error, swapped } = await commitWith(scratch, at, () => run(project, 'mv d was; ln -s ../outside/d d'))
      expect({ at, swapped }).toEqual({ at, swapped: true })
      // Nor does the next command find the directory.
      const cutShort = isCutShort(ports, scratch.session)
      const again = await failureOf(() => recoverCommit(ports, scratch.session))
      expect({ at, code: codeOf(again) }).toEqual({ at, code: cutShort ? 'COMMIT_FAILED' : undefined })
      expect({ at, tree: outside() }).toEqual({ at, tree: around })
      run(project, 'rm d; mv was d')
      await recoverCommit(ports, scratch.session)
      mustHaveEnded(at, scratch, states, error)
      ends[error === undefined ? 'done' : cutShort ? 'cutShort' : 'failed'] += 1
    }
    expect(Object.values(ends).every((count) => count > 0)).toBe(true)
  })

  it('for a mount at any call writes nothing to it, and ends old or new once it is gone', async () => {
    const ends = { failed: 0, done: 0 }
    for (const at of await moments()) {
      const { scratch } = await prepare()
      const mountPoint = `${scratch.project}/d`
      const states = { old: snapshotTree(ports.ops, scratch.project), new: await scratch.snapshot() }
      const mount = (): void => void execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint])
      const { error, swapped } = await commitWith(scratch, at, mount)
      expect({ at, swapped }).toEqual({ at, swapped: true })
      const inside = readdirSync(mountPoint)
      execFileSync('umount', [mountPoint])
      expect({ at, inside }).toEqual({ at, inside: [] })
      await recoverCommit(ports, scratch.session)
      mustHaveEnded(at, scratch, states, error)
      ends[error === undefined ? 'done' : 'failed'] += 1
    }
    expect(Object.values(ends).every((count) => count > 0)).toBe(true)
  })

  function mustHaveEnded(at: number, { session, project }: ScratchSession, states: OldAndNew, error: unknown): void {
    const now = timeless(snapshotTree(ports.ops, project))
    const expected = error === undefined ? states.new : states.old
    expect({ at, differences: treeDifferences(now, timeless(expected)) }).toEqual({ at, differences: [] })
    expect({ at, left: existsSync(`${session.dir}/journal`) }).toEqual({ at, left: false })
    if (error !== undefined) expect(['COMMIT_CONFLICT', 'COMMIT_FAILED', 'MOUNT_IN_PROJECT']).toContain(codeOf(error))
  }
})

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}

/** The person's own moves change times of directories. */
function timeless(tree: TreeSnapshot): TreeSnapshot {
  return new Map([...tree].map(([path, entry]) => [path, entry.type === 'dir' ? { ...entry, mtimeNs: 0n } : entry]))
}
