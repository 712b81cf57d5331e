import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { protectionOf } from '../../../src/commit/protected-paths.js'
import { allowKinds } from '../../../src/commit/types.js'
import { relPath } from '../../../src/paths/rel-path.js'

/** Rules that cover symbolic links alone. */
const linkOnly = ['a link in the directory of a repository can bring in hooks and configuration']

const text = read('docs/commit.md')
const protectedRows = tableBelow('### Protected paths').map(([paths = '', why = '']) => ({
  why,
  paths: [...paths.matchAll(/`….([^`]+)`/g)].map(([, path = '']) => `.${path}`),
}))

describe('docs/commit.md', () => {
  it('has a row for every kind that is refused, in their order', () => {
    expect(tableBelow('## Refused kinds').map(([kind]) => kind)).toEqual(allowKinds.map((kind) => `\`${kind}\``))
  })

  it('has a row for every rule that protects paths and no other', () => {
    const reasons = [...read('src/commit/protected-paths.ts').matchAll(/why: '(.+)'/g)].map(([, why]) => why)
    expect(reasons.length).toBeGreaterThan(5)
    expect(protectedRows.map(({ why }) => why).sort()).toEqual(reasons.sort())
  })

  it('names paths that the rules cover, at the top and below', () => {
    for (const { paths, why } of protectedRows) {
      expect(paths.length, why).toBeGreaterThan(0)
      for (const path of paths.flatMap((name) => [name, `a/b/${name}`])) {
        expect({ path, why: protectionOf(relPath(path), linkOnly.includes(why) ? 'symlink' : 'file')?.why }).toEqual({
          path,
          why,
        })
        expect(protectionOf(relPath(path), 'dir'), `${path}, a directory`).toBeUndefined()
      }
    }
  })
})

/** The cells of the first table after a heading. */
function tableBelow(heading: string): string[][] {
  const [, section = ''] = text.split(`\n${heading}\n`)
  const lines = section.split('\n')
  const first = lines.findIndex((line) => line.startsWith('|---')) + 1
  const rows = lines.slice(first)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.slice(2, -2).split(' | '))
}

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
}
