import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { isCutShort, recoverCommit } from '../../../src/commit/recover-commit.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { dyingOps, everyKindOfChange } from '../../helpers/every-kind-of-change.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'

const ports = systemPorts()

/** What a person does to a path of the commit, and what the path then holds. */
const edits = [
  ['writes to', 'a', 'echo person >> a'],
  ['replaces', 'a', 'echo person > t; mv t a'],
  ['makes', 'n', 'rm -rf n; echo person > n'],
  ['replaces a directory at', 'gone', 'rm -rf gone; mkdir gone; echo person > gone/p'],
  ['puts a file at', 'c', 'rm -rf c; echo person > c'],
  ['changes the directory', 'd/sub', 'rm -rf d/sub; mkdir d/sub; echo person > d/sub/p'],
  ['changes the content of', 'b', 'echo person > b'],
] as const

describe.each(backends)(
  'a person who works between a crash and the recovery of a $name commit',
  { timeout: 300_000 },
  (backend) => {
    let top = ''
    let count = 0
    beforeAll(() => {
      if (backend.missing() === undefined) top = makeTop(backend, 'edits')
    })
    afterAll(() => rmSync(top, { recursive: true, force: true }))
    beforeEach((context) => need(context, backend.missing()))

    const sh = (scratch: ScratchSession, script: string): void => {
      execFileSync('sh', ['-ec', script], { cwd: scratch.project, uid: backend.user, gid: backend.user })
    }

    it.each(edits)('and %s %s keeps what they made, wherever the commit was', async (_what, path, script) => {
      let conflicts = 0
      for (let at = 1; ; at += 2) {
        count += 1
        const scratch = await everyKindOfChange(backend, `${top}/${count}`)
        if (!(await dieAtMove(scratch, at))) break
        sh(scratch, script)
        const theirs = contentOf(scratch, path)
        const recovery = await recoverCommit(ports, scratch.session)
        expect({ at, outcome: recovery?.outcome }).toEqual({ at, outcome: 'finished' })
        expect({ at, content: contentOf(scratch, path) }).toEqual({ at, content: theirs })
        expect(isCutShort(ports, scratch.session)).toBe(false)
        const known = recovery?.conflicts ?? []
        conflicts += known.length
        expect(known.every((conflict) => conflict.path === path || conflict.path.startsWith(`${path}/`))).toBe(true)
        // What was left out is pending.
        const { changeSet } = await reviewSession(ports, scratch.session)
        for (const conflict of known) expect(changeSet.changes.map((each) => each.path)).toContain(conflict.path)
      }
      expect(conflicts).toBeGreaterThan(0)
    })

    it('can have the rest undone, and keeps what they made', async () => {
      count += 1
      const scratch = await everyKindOfChange(backend, `${top}/${count}`)
      const before = snapshot(scratch)
      await dieAtMove(scratch, 1)
      sh(scratch, 'echo person > gone/p; rm -rf n; mkdir n; echo person > n/p; echo person > t; mv t c')
      const recovery = await recoverCommit(ports, scratch.session)
      expect(recovery?.conflicts.map(({ path }) => path).sort()).toEqual(['c', 'gone', 'n'])
      await undoCommit(ports, scratch.session)
      expect(readFileSync(`${scratch.project}/c`, 'utf8')).toBe('person\n')
      expect(readdirSync(`${scratch.project}/n`)).toEqual(['p'])
      expect(readFileSync(`${scratch.project}/gone/sub/z`, 'utf8')).toBe('z\n')
      const now = snapshot(scratch)
      for (const path of ['a', 'b', 'd', 'd/sub', 'd/sub/y', 'link', 'closed', 'closed/q', 'twin']) {
        expect(now.get(path as never), path).toEqual(before.get(path as never))
      }
      expect(existsSync(`${scratch.project}/d/n`)).toBe(false)
    })

    it('may remove a directory that something would be put back into', async () => {
      count += 1
      const scratch = await everyKindOfChange(backend, `${top}/${count}`)
      let turned = false
      const { ops } = watchedOps(ports.ops, (_call, name, args) => {
        if (turned) throw new Error('killed')
        turned = name === 'createFile' && args[1] === 'back'
        // All is in its place by then.
        if (name === 'rename' && args[3] === 'plan' && args[1] === 'plan') throw new Error('interrupted')
      })
      await commitSession({ ...ports, ops }, scratch.session).catch(() => undefined)
      sh(scratch, 'rm -r d')
      const recovery = await recoverCommit(ports, scratch.session)
      expect(recovery).toMatchObject({ outcome: 'rolled-back', kept: expect.stringContaining('rescued') })
      expect(existsSync(`${scratch.project}/d`)).toBe(false)
      expect(keptContent(scratch)).toContain('y\n')
      expect(readFileSync(`${scratch.project}/gone/sub/z`, 'utf8')).toBe('z\n')
    })

    it('loses nothing when the commit is rolled back, and finds it kept when it was in the way', async () => {
      // Every call is a place to die at in the tests of recovery; here it is the edits that count.
      for (let at = 1; ; at += 4) {
        count += 1
        const scratch = await everyKindOfChange(backend, `${top}/${count}`)
        // The way back of a failed commit is cut short, too.
        const moves = movesUntil(7)
        const fails = watchedOps(ports.ops, (_call, name, args) => {
          if (name === 'rename' && moves(args) === 7)
            throw Object.assign(new Error('interrupted'), { name: 'AbortError' })
        })
        const dies = dyingOps(fails.ops, at)
        const error = await commitSession({ ...ports, ops: dies.ops }, scratch.session).catch(
          (reason: unknown) => reason,
        )
        if (!isCutShort(ports, scratch.session)) {
          if (!`${error}`.includes('killed')) break
          continue
        }
        sh(scratch, 'echo person >> a; [ -d n ] && echo person > n/p; rm -rf gone; echo person > gone')
        const theirs = countOf(contentOf(scratch, '.'))
        await recoverCommit(ports, scratch.session)
        const left = countOf(contentOf(scratch, '.') + keptContent(scratch))
        expect({ at, left }).toEqual({ at, left: theirs })
        expect(contentOf(scratch, 'gone')).toBe('person\n')
        expect(contentOf(scratch, 'a')).toContain('person')
      }
    })
  },
)

/** Kills the commit before its move number `at`, counted from the mark; `false` when it has fewer. */
async function dieAtMove({ session }: ScratchSession, at: number): Promise<boolean> {
  const moves = movesUntil(at)
  const { ops } = watchedOps(ports.ops, (_call, name, args) => {
    if (name === 'rename' && moves(args) >= at) throw new Error('killed')
    if (moves([]) >= at) throw new Error('killed')
  })
  await commitSession({ ...ports, ops }, session).catch(() => undefined)
  return isCutShort(ports, session) && moves([]) >= at && existsSync(`${session.dir}/journal/plan`)
}

/** Counts renames after that of the mark; with none given, those so far. */
function movesUntil(_end: number): (args: readonly unknown[]) => number {
  let marked = false
  let moves = 0
  return (args) => {
    if (args.length === 0) return moves
    if (marked) moves += 1
    if (args[3] === 'mark') marked = true
    return moves
  }
}

function countOf(content: string): number {
  return content.split('person').length - 1
}

function contentOf({ project }: ScratchSession, path: string): string {
  return execFileSync('sh', ['-c', 'find "$1" -type f | sort | xargs -r -d "\\n" cat', '-', path], {
    cwd: project,
    encoding: 'utf8',
  })
}

function keptContent({ session }: ScratchSession): string {
  const dir = `${session.dir}/undo`
  if (!existsSync(dir)) return ''
  return execFileSync('sh', ['-c', 'find . -path "*/stage/*" -type f | sort | xargs -r -d "\\n" cat'], {
    cwd: dir,
    encoding: 'utf8',
  })
}

function snapshot(scratch: ScratchSession): TreeSnapshot {
  return snapshotTree(ports.ops, scratch.project)
}
