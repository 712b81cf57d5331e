import { readdirSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import type { LayerOps } from '../../../../src/os/layer-ops.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { context, coreSession } from '../../../helpers/core-session.js'
import { type PathCalls, seeTree } from '../../../helpers/path-calls.js'

beforeEach((test) => need(test, noRoot()))

const noSpace = -28

const changing: ReadonlySet<keyof LayerOps> = new Set([
  'open',
  'mkdir',
  'mknod',
  'symlink',
  'link',
  'unlink',
  'rename',
  'setMode',
  'setOwner',
  'setTimes',
  'setXattr',
  'removeXattr',
  'truncate',
  'sync',
  'clone',
  'copy',
])

/** Of the calls that change something one fails, once: the one whose turn it is. */
function failing(ops: LayerOps, turn: { left: number }): LayerOps {
  return new Proxy(ops, {
    get(target, key: keyof LayerOps) {
      const method = target[key] as (...args: unknown[]) => unknown
      if (!changing.has(key)) return method
      return (...args: unknown[]) => {
        turn.left -= 1
        return turn.left === 0 ? noSpace : method(...args)
      }
    },
  })
}

/** What comes before, and the call that is to fail. */
const works: Readonly<Record<string, readonly [(calls: PathCalls) => unknown, (calls: PathCalls) => number]>> = {
  'a change of mode': [() => 0, (calls) => calls.chmod('a/b/a', 0o600)],
  'a write after it': [(calls) => calls.chmod('a/b/a', 0o600), (calls) => calls.write('a/b/a', 1, 0, 0, 'X')],
  'a write': [() => 0, (calls) => calls.write('a/b/a', 1, 0, 0, 'X')],
  'a new file': [() => 0, (calls) => calls.write('a/b/new', 0o301, 0o644, 0, 'X')],
  'a new file over a whiteout': [(calls) => calls.unlink('a/a'), (calls) => calls.symlink('x', 'a/a')],
  'a directory over a whiteout': [(calls) => calls.unlink('a/a'), (calls) => calls.mkdir('a/a', 0o755)],
  'a removal': [() => 0, (calls) => calls.unlink('a/b/a')],
  'a removal of a copy': [(calls) => calls.chmod('a/a', 0o600), (calls) => calls.unlink('a/a')],
  'a removal of a directory': [
    (calls) => [calls.chmod('a/b/c/a', 0o600), calls.unlink('a/b/c/a')],
    (calls) => calls.rmdir('a/b/c'),
  ],
  'a rename': [() => 0, (calls) => calls.rename('a/b/a', 'd/a', 0)],
  'a rename over a file': [() => 0, (calls) => calls.rename('a/b/a', 'c', 0)],
  'a rename of a directory': [() => 0, (calls) => calls.rename('a/b', 'd/b', 0)],
  'a rename of a directory over a whiteout': [(calls) => calls.unlink('c'), (calls) => calls.rename('a/b', 'c', 0)],
  'a rename of a directory over one': [
    (calls) => [calls.unlink('b/a'), calls.unlink('b/c')],
    (calls) => calls.rename('a/b', 'b', 0),
  ],
  'an exchange': [() => 0, (calls) => calls.rename('a/b', 'c', 2)],
  'a link': [() => 0, (calls) => calls.link('a/b/a', 'd/a')],
  'an attribute': [() => 0, (calls) => calls.setxattr('a/b/a', 'user.color', 'red', 0)],
}

it.each(Object.entries(works))('%s is done or not', (_name, [before, work]) => {
  let done = false
  for (let at = 1; !done; at += 1) {
    const turn = { left: 0 }
    const { bed, merged } = coreSession({}, 'trusted', (ops) => failing(ops, turn))
    before(merged)
    const old = withoutDirectoryTimes(merged)
    turn.left = at
    const answer = work(merged)
    done = turn.left > 0
    turn.left = 0
    const now = withoutDirectoryTimes(merged)
    const again = bed.start()
    const later = withoutDirectoryTimes(coreCalls(again, context))
    again.close()
    expect({ at, tree: later }).toEqual({ at, tree: now })
    if (done) expect([answer, now]).not.toEqual([answer, old])
    else if (answer !== 0) expect({ at, answer, tree: now }).toEqual({ at, answer, tree: old })
    expect(readdirSync(`${bed.work}/fuse`).filter((name) => name !== 'whiteout')).toEqual([])
  }
})

/** What is made and taken back leaves its directory with a new time. */
function withoutDirectoryTimes(calls: PathCalls): Record<string, unknown> {
  const entries = Object.entries(seeTree(calls))
  return Object.fromEntries(
    entries.map(([path, entry]) => [
      path,
      typeof entry !== 'number' && entry.type === 4 ? { ...entry, mtime: '' } : entry,
    ]),
  )
}
