import { expect, it } from 'vitest'
import { inherit } from '../../../src/paths/inherit.js'
import { relPath } from '../../../src/paths/rel-path.js'

it('tells each directory what was said of the one above, once', () => {
  const asked: string[] = []
  const depth = inherit(0, (dir, above) => {
    asked.push(dir)
    return above + 1
  })
  expect([relPath('a/b/c'), relPath('a/b'), relPath(''), relPath('a/d'), relPath('a/b/c')].map(depth)).toEqual([
    3, 2, 0, 2, 3,
  ])
  expect(asked).toEqual(['a', 'a/b', 'a/b/c', 'a/d'])
})

it('keeps an answer that is undefined', () => {
  let asked = 0
  const nothing = inherit<undefined>(undefined, () => {
    asked += 1
    return undefined
  })
  for (let round = 0; round < 3; round += 1) expect(nothing(relPath('a/b'))).toBeUndefined()
  expect(asked).toBe(2)
})

it('goes as deep as paths do', () => {
  const depth = inherit(0, (_dir, above) => above + 1)
  const path = relPath(Array.from({ length: 20_000 }, () => 'd').join('/'))
  expect(depth(path)).toBe(20_000)
})
