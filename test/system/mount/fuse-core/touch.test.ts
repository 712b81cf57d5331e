import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import type { BaseFacts } from '../../../../src/mount/fuse/core/overlay-fs.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { type CoreSession, coreSession } from '../../../helpers/core-session.js'

beforeEach((test) => need(test, noRoot()))

/** Longer than any tick of the clock that stamps files. */
const aWhile = 40

/** An overlay, and what it tells. */
async function touching(family?: 'user'): Promise<CoreSession & { readonly told: () => string[]; facts: BaseFacts[] }> {
  const facts: BaseFacts[] = []
  const session = coreSession({ onTouch: (base) => facts.push(base) }, family)
  await sleep(aWhile)
  return { ...session, facts, told: () => facts.splice(0).map(({ path, part }) => `${part} ${path}`) }
}

/** Opens a file for reading, and closes it. */
function look({ core, open }: CoreSession, path: string): void {
  core.release(open(path, 0))
}

it('tells what was copied, once, as the project has it', async () => {
  const { merged, told, facts } = await touching()
  const before = Date.now()
  merged.chmod('a/b/a', 0o600)
  expect(facts[0]).toMatchObject({ layer: 0, name: 'a', stat: { type: 'file', size: 8000, mode: 0o755 } })
  expect(facts[0]?.lookedAt).toBeGreaterThanOrEqual(before)
  expect(told()).toEqual(['attributes a/b/a', 'all a', 'all a/b'])
  merged.write('a/b/a', 1, 0, 0, 'x')
  merged.write('a/b/a', 1, 0, 0, 'y')
  merged.unlink('a/b/a')
  expect(told()).toEqual(['content a/b/a'])
})

it('tells of the content too where attributes are not copied alone', async () => {
  const { merged, told } = await touching('user')
  merged.chmod('a/b/a', 0o600)
  merged.write('a/b/a', 1, 0, 0, 'x')
  expect(told()).toEqual(['all a/b/a', 'all a', 'all a/b'])
})

it('names what it copies below a renamed directory as the project does', async () => {
  const { merged, told } = await touching()
  expect(merged.rename('a', 'z', 0)).toBe(0)
  told()
  merged.write('z/b/a', 1, 0, 0, 'x')
  expect(told()).toEqual(['all a/b/a', 'all a/b'])
})

it.each([
  ['cut by open', (session: CoreSession) => session.core.release(session.open('c', 0o1001)), 'all c'],
  ['removed', ({ merged }: CoreSession) => merged.unlink('c'), 'all c'],
  [
    'replaced',
    ({ merged }: CoreSession) => [merged.write('n', 0o101, 0o644, 0, 'x'), merged.rename('n', 'c', 0)],
    'all c',
  ],
])('tells of a file that is %s if somebody has opened it as it is now', async (_, hide, line) => {
  const unseen = await touching()
  hide(unseen)
  expect(unseen.told()).toEqual([])
  const seen = await touching()
  look(seen, 'c')
  hide(seen)
  expect(seen.told()).toEqual([line])
  const changed = await touching()
  look(changed, 'c')
  changed.lower.chmod('c', 0o640)
  await sleep(aWhile)
  hide(changed)
  expect(changed.told()).toEqual([])
})

it('does not count as seen what was changed just then', async () => {
  const session = await touching()
  session.lower.chmod('c', 0o640)
  look(session, 'c')
  await sleep(aWhile)
  session.merged.unlink('c')
  expect(session.told()).toEqual([])
})
