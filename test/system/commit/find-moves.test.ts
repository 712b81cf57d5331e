import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

/** Files of a size each, one larger than what is read ahead, and two of one size. */
const setup = `
  mkdir d; echo a > a; echo bb > b; echo twin1 > t1; echo twin2 > t2; echo dd > d/f
  head -c 2000000 /dev/zero | tr '\\0' x > large; head -c 300000 /dev/zero > sparse`

const moves = [
  'a -> d/a',
  'b -> new/b',
  'd/f -> f',
  'large -> new/large',
  'sparse -> new/sparse',
  't1 -> new/t1',
  't2 -> new/t2',
]

describe.each(backends)('a $name session in which files were moved', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'moves')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it('finds them by content, whether the ledger knows it or not', async () => {
    const run = (at: string, script: string): unknown =>
      execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
    const dir = `${top}/session`
    const scratch = await openScratchSession({ ports, backend, dir, before: (project) => void run(project, setup) })
    const found = async (): Promise<string[]> =>
      (await reviewSession(ports, scratch.session)).moves.map(({ from, to }) => `${from.path} -> ${to.path}`).sort()
    try {
      // By a copy: a rename leaves a mark, which says so by itself.
      run(
        scratch.merged,
        `mkdir new; for f in b large sparse t1 t2; do cp $f new/$f; done; cp a d/a; cp d/f f
         rm a b large sparse t1 t2 d/f`,
      )
      expect(await found()).toEqual(moves)
      expect(await found()).toEqual(moves)
      run(scratch.merged, 'printf twin3 > new/t1; echo >> new/b; echo b2 > new/b')
      expect(await found()).toEqual(moves.filter((move) => !/^(b|t1) /.test(move)))
    } finally {
      await scratch.unmount()
    }
  })
})
