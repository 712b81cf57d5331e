import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  mkdir -p d/sub e/f t gone; for n in a b c d/x d/y d/sub/z e/f/g e/h t/u gone/v; do echo $n > $n; done; ln a twin; ln -s a link; echo moved along > m; echo s1 > s; echo s2 > w`

interface Case {
  readonly what: string
  readonly session: string
  readonly path: string
  /** Names that the commit touches, in words of the shell that lists the project afterwards. */
  readonly applied: readonly string[]
  readonly left: readonly string[]
}

/** Changes of directories whose times alone moved are left out. */
const cases: readonly Case[] = [
  {
    what: 'names of a file that are new',
    session: 'ln a d/l1; ln a l2; echo 1 > o',
    path: 'l2',
    applied: ['a', 'd/l1', 'l2'],
    left: ['o'],
  },
  {
    what: 'a linked file by one of its names',
    session: 'echo 1 >> a; rm twin; ln a twin; echo 1 > o',
    path: 'twin',
    applied: ['a', 'twin'],
    left: ['o'],
  },
  {
    what: 'a moved file by its new name',
    session: 'mv m d/n; echo 1 > o',
    path: 'd/n',
    applied: ['d/n', 'm'],
    left: ['o'],
  },
  {
    what: 'a moved file by its old name',
    session: 'mv m d/n; echo 1 > o',
    path: 'm',
    applied: ['d/n', 'm'],
    left: ['o'],
  },
  {
    what: 'a moved file by the directory that it went to',
    session: 'mkdir q; mv m q/n; echo 1 > q/o',
    path: 'q/n',
    applied: ['m', 'q', 'q/n'],
    left: ['q/o'],
  },
  {
    what: 'a file in new directories',
    session: 'mkdir -p n/m/o; echo 1 > n/m/o/p; echo 2 > n/q',
    path: 'n/m/o/p',
    applied: ['n', 'n/m', 'n/m/o', 'n/m/o/p'],
    left: ['n/q'],
  },
  {
    what: 'a new directory',
    session: 'mkdir -p n/m; echo 1 > n/m/p; echo 2 > o',
    path: 'n',
    applied: ['n', 'n/m', 'n/m/p'],
    left: ['o'],
  },
  {
    what: 'a file in a directory that was a file',
    session: 'rm b; mkdir b; echo 1 > b/i; echo 2 > b/j',
    path: 'b/i',
    applied: ['b', 'b/i'],
    left: ['b/j'],
  },
  {
    what: 'a file that was a directory',
    session: 'rm -r t; echo 1 > t; echo 1 > o',
    path: 't',
    applied: ['t'],
    left: ['o'],
  },
  {
    what: 'a link that was a directory',
    session: 'rm -r t; ln -s d t; echo 1 > o',
    path: 't',
    applied: ['t'],
    left: ['o'],
  },
  {
    what: 'a file in a directory made anew',
    session: 'rm -r d; mkdir d; echo 1 > d/new; echo 2 > d/x',
    path: 'd/new',
    applied: ['d/new'],
    left: ['d/sub', 'd/x', 'd/y'],
  },
  {
    what: 'a deletion in a directory made anew',
    session: 'rm -r d; mkdir d; echo 1 > d/new',
    path: 'd/sub',
    applied: ['d/sub'],
    left: ['d/new', 'd/x', 'd/y'],
  },
  {
    what: 'a directory with all that changed in it',
    session: 'echo 1 >> d/x; rm d/y; echo 2 > d/sub/n; echo 3 >> c',
    path: 'd',
    applied: ['d/sub/n', 'd/x', 'd/y'],
    left: ['c'],
  },
  { what: 'a deleted directory', session: 'rm -r gone; echo 1 >> c', path: 'gone', applied: ['gone'], left: ['c'] },
]

describe.each(backends)('a commit of a $name session by path takes', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'by-path')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  const run = (at: string, script: string): void =>
    void execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
  const open = async (session: string): Promise<ScratchSession> => {
    const scratch = await openScratchSession({
      ports,
      backend,
      dir: `${top}/${count++}`,
      before: (at) => run(at, setup),
    })
    run(scratch.merged, session)
    await scratch.unmount()
    return scratch
  }
  const pending = async (scratch: ScratchSession): Promise<string[]> => {
    const { changeSet, conflicts } = await reviewSession(ports, scratch.session)
    expect(conflicts).toEqual([])
    return named(changeSet.changes)
  }

  it.each(cases)('$what', async ({ session, path, applied, left }) => {
    const scratch = await open(session)
    const summary = await commitSession(ports, scratch.session, { paths: [relPath(path)] })
    expect(named(summary.applied)).toEqual(applied)
    expect(await pending(scratch)).toEqual(left)
    await commitSession(ports, scratch.session)
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })

  it.each([
    ['d/n', 'e/f/g2'],
    ['e', 'd/n/f/g'],
  ])('a renamed directory whole, by %s', async (path) => {
    // In a plain user's session a directory is moved by copying, and nothing says so.
    if (backend.family === 'user') return
    const scratch = await open('mv e d/n; echo 1 > d/n/f/g2; echo 1 >> c')
    const summary = await commitSession(ports, scratch.session, { paths: [relPath(path)] })
    expect(named(summary.applied)).toEqual(expect.arrayContaining(['d/n', 'd/n/f/g', 'd/n/f/g2', 'd/n/h', 'e']))
    expect(await pending(scratch)).toEqual(['c'])
    await commitSession(ports, scratch.session)
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })

  it('one of two files that changed places, and the other where the mount knows of it', async () => {
    const scratch = await open('mv s k; mv w s; mv k w; echo 1 >> c')
    const { applied } = await commitSession(ports, scratch.session, { paths: [relPath('s')] })
    expect(named(applied)).toEqual(backend.family === 'user' ? ['s'] : ['s', 'w'])
    await commitSession(ports, scratch.session)
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })

  it('nothing for a path below what it removed as one, and says so', async () => {
    const scratch = await open('rm -r gone t; echo 1 > t')
    for (const path of ['gone/v', 't/u', 'nowhere']) {
      await expect(commitSession(ports, scratch.session, { paths: [relPath(path)] })).rejects.toMatchObject({
        code: 'NO_SUCH_CHANGE',
        path,
        hint: expect.stringContaining(path === 'nowhere' ? 'status' : `name ${path.split('/')[0]}`),
      })
    }
  })

  it('keeps the times of directories in which it works, as the session shows them', async () => {
    const scratch = await open('echo 1 >> d/x; echo 2 >> d/y; touch -d 2001-01-01 e; echo 3 >> e/h')
    for (const path of ['e', 'd/x', 'd/y']) await commitSession(ports, scratch.session, { paths: [relPath(path)] })
    expect(await pending(scratch)).toEqual([])
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })
})

function named(
  changes: readonly {
    path: string
    kind: string
    aspects: ReadonlySet<string>
    wanted?: { type: string } | undefined
  }[],
): string[] {
  const timesOnly = (aspects: ReadonlySet<string>): boolean => [...aspects].every((aspect) => aspect === 'times')
  return changes
    .filter(({ kind, aspects, wanted }) => !(kind === 'metadata' && wanted?.type === 'dir' && timesOnly(aspects)))
    .map(({ path }) => path)
}
