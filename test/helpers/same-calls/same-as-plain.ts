import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { need, noProgram } from '../capability.js'
import { accountUser, noFuse } from '../fuse-bed.js'
import type { CallCase } from './case.js'
import { noJail } from './jail.js'
import { type OverlayBed, overlayBed } from './overlay-bed.js'

const users = [
  { who: 'root', uid: 0 },
  { who: 'user', uid: accountUser },
] as const

/** Each case says in the mount what it says in a plain directory, for root and for a plain user. `more`: programs that they need. */
export function sameAsPlain(all: readonly CallCase[], more: readonly string[] = []): void {
  describe.each(users)('$who', ({ who, uid }) => {
    const cases = all.filter((one) => one.who === undefined || one.who === who)
    const programs = ['bwrap', 'cc', 'setfacl', 'getfattr', 'setcap', ...more].map(noProgram)
    const missing = noFuse() ?? programs.find((lack) => lack !== undefined) ?? noJail(uid)
    let bed: OverlayBed
    beforeAll(async () => {
      if (missing === undefined) bed = await overlayBed(uid, cases)
    }, 60_000)
    afterAll(() => bed?.close())
    beforeEach((context) => need(context, missing))

    test.each(cases)('$name', ({ name, script }) => {
      const [plain, merged] = [bed.run('plain', name, script), bed.run('mount', name, script)]
      expect(outcome(merged)).toEqual(outcome(plain))
      expect(plain.signal).toBeNull()
    })
  })
}

function outcome({ stdout, stderr, signal }: ReturnType<OverlayBed['run']>): unknown {
  return { stdout, stderr, signal }
}
