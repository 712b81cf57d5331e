import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, removeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { allBackends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

const setup =
  'mkdir -p top/old/in x y; echo 1 > top/old/f; ln top/old/f outside; echo 2 > top/old/in/g; echo x > x/x; setfattr -n user.k -v v top/old'

/** Under `userxattr` the kernel marks no renamed directory: `mv` copies it. */
describe.each(allBackends.filter(({ name }) => name !== 'userns'))(
  'a directory renamed in a $name session',
  (backend) => {
    let top = ''
    let count = 0
    beforeAll(() => {
      if (backend.missing() === undefined) top = makeTop(backend, 'moves')
    })
    afterAll(() => removeTop(top))
    beforeEach((context) => need(context, backend.missing()))

    const prepared = async (script: string): Promise<{ scratch: ScratchSession; after: TreeSnapshot }> => {
      count += 1
      const before = (project: string): void => void execFileSync('sh', ['-ec', setup], { cwd: project })
      const scratch = await openScratchSession({ ports, backend, dir: `${top}/${count}`, before })
      execFileSync('sh', ['-ec', script], { cwd: scratch.merged })
      await scratch.unmount()
      return { scratch, after: await scratch.snapshot() }
    }
    const inode = ({ project }: ScratchSession, path: string): number => lstatSync(`${project}/${path}`).ino

    it.each([
      ['as it was', 'mv top/old new'],
      ['with changes below', 'mv top/old new; echo 1 >> new/in/g; echo n > new/in/n; rm new/f; chmod 700 new'],
      ['in its own place', 'mv top/old top/new'],
      ['out of a directory and another one back', 'mv top/old x/new; mv y top/y'],
    ])('keeps its inode, %s', async (_how, script) => {
      const { scratch, after } = await prepared(script)
      const before = snapshotTree(ports.ops, scratch.project)
      const [dir, below] = [inode(scratch, 'top/old'), inode(scratch, 'top/old/in')]
      await commitSession(ports, scratch.session)
      expect(snapshotTree(ports.ops, scratch.project)).toEqual(after)
      const moved = execFileSync('find', [scratch.project, '-inum', `${dir}`, '-o', '-inum', `${below}`], {
        encoding: 'utf8',
      })
      expect(moved.split('\n').filter((line) => line !== '')).toHaveLength(2)
      expect((await commitSession(ports, scratch.session)).applied).toEqual([])
      await undoCommit(ports, scratch.session)
      expect(snapshotTree(ports.ops, scratch.project)).toEqual(before)
      expect(inode(scratch, 'top/old')).toBe(dir)
    })

    it.each([
      ['a directory and one below it', 'mv top/old/in in; mv top/old new'],
      ['one that goes into a new one', 'mkdir -p a/b; mv top/old a/b/new; echo n > a/b/n'],
      ['two that swap places', 'mv x t; mv y x; mv t y'],
      ['one whose former parent goes', 'mv top/old new; rm -r top'],
      ['one whose name is used again', 'mv top/old new; mkdir top/old; echo 1 > top/old/z'],
      ['one whose name becomes a file', 'mv top/old new; echo 1 > top/old'],
    ])('is right for %s', async (_what, script) => {
      const { scratch, after } = await prepared(script)
      const before = snapshotTree(ports.ops, scratch.project)
      await commitSession(ports, scratch.session)
      expect(snapshotTree(ports.ops, scratch.project)).toEqual(after)
      await undoCommit(ports, scratch.session)
      expect(snapshotTree(ports.ops, scratch.project)).toEqual(before)
    })
  },
)
