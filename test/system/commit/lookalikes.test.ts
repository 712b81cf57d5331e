import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

/** As an archive unpacks them: a, b, c are alike in all, x and y in size and time; so are the links. */
const setup = `
  for n in a b c; do echo same > $n; done; echo diff > x; echo DIFF > y; ln -s a la; ln -s b lb; mkdir d; echo same > d/a
  touch -h -d 2020-01-01 a b c x y la lb d/a`

interface Case {
  readonly name: string
  readonly session: string
  readonly person: string
  readonly conflicts: readonly string[]
  /** Where a user namespace, which does not say what a copy was made from, leaves a doubt. */
  readonly inDoubt?: readonly string[]
}

const cases: readonly Case[] = [
  { name: 'a move beside news', session: 'mv a n', person: 'touch new', conflicts: [] },
  { name: 'moves of twins beside news', session: 'mv a n; mv b m', person: 'touch new', conflicts: [] },
  { name: 'a move out of a removed directory', session: 'mv d/a n; rm -r d', person: 'touch new', conflicts: [] },
  { name: 'a move of a link', session: 'mv la n', person: 'touch new', conflicts: [] },
  { name: 'a deletion', session: ': >> a; chmod 600 a', person: 'rm a', conflicts: ['vanished a'] },
  {
    name: 'a deletion, and one of other content',
    session: ': >> x; chmod 600 x; rm y',
    person: 'rm x',
    conflicts: ['vanished x'],
  },
  {
    name: 'a deletion, and a move of its twin',
    session: ': >> a; chmod 600 a; mv b n',
    person: 'rm a',
    conflicts: ['vanished a'],
    inDoubt: ['vanished a', 'vanished n'],
  },
  {
    name: 'a deletion of a link, and one of another target in the session',
    session: 'ln la twin; rm twin lb',
    person: 'rm la',
    conflicts: ['vanished la'],
    // No link can have an attribute of a user's, so that one which was copied up is like a new one.
    inDoubt: [],
  },
]

describe.each(backends)('a $name session with files that look alike', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'alike')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it.each(cases)('$name', async ({ name, session, person, conflicts, inDoubt = conflicts }) => {
    const run = (at: string, script: string): unknown =>
      execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
    const dir = `${top}/${cases.findIndex((each) => each.name === name)}`
    const scratch = await openScratchSession({ ports, backend, dir, before: (project) => void run(project, setup) })
    try {
      run(scratch.merged, session)
      run(scratch.project, person)
      const review = await reviewSession(ports, scratch.session)
      const found = review.conflicts.map(({ reason, path }) => `${reason} ${path}`)
      expect(found).toEqual(backend.family === 'user' ? inDoubt : conflicts)
    } finally {
      await scratch.unmount()
    }
  })
})
