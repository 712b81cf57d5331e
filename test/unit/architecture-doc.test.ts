import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

const documented = [...read('docs/architecture.md').matchAll(/^\| (\d+) \| (.+?) \| .+ \|$/gm)].flatMap(
  ([, row, folders = '']) => [...folders.matchAll(/`(src\/[^`]+?)\/?`/g)].map(([, folder]) => `${folder} ${row}`),
)

it('documents each folder of the layer table in its row', () => {
  const held = [...read('test/unit/layers.test.ts').matchAll(/^ {2}\['(src\/[^']+)', (\d+)\],$/gm)]
  expect(held.length).toBeGreaterThan(10)
  expect(documented.sort()).toEqual(held.map(([, folder, row]) => `${folder} ${row}`).sort())
})

it('documents every folder that there is', () => {
  const folders = readdirSync(new URL('src', root)).map((name) => `src/${name}`)
  expect(documented.map((entry) => entry.split(' ')[0])).toEqual(expect.arrayContaining(folders))
})
