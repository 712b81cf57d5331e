import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type LayerRules, layerViolations } from '../helpers/layer-rules.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The table of docs/architecture.md. A folder imports only from lower rows, and within itself. */
const rows: ReadonlyMap<string, number> = new Map([
  ['src/cli', 9],
  ['src/index.ts', 8],
  ['src/tools', 7],
  ['src/commit', 6],
  ['src/run', 6],
  ['src/session', 5],
  ['src/conflict', 5],
  ['src/changeset', 4],
  ['src/mount', 4],
  ['src/overlay-format', 3],
  ['src/fingerprint', 3],
  ['src/workspace', 3],
  ['src/fuse-protocol', 3],
  ['src/os', 2],
  ['src/paths', 1],
  ['src/errors', 0],
])

const osOnly = ['src/os']
const osOrCli = ['src/os', 'src/cli']

const rules: LayerRules = {
  rows,
  onlyImports: new Map([['src/cli', ['src/index.ts']]]),
  pure: ['src/paths', 'src/errors', 'src/fuse-protocol'],
  keptTo: new Map([
    ['node:fs', osOnly],
    ['node:fs/promises', osOnly],
    ['node:child_process', osOnly],
    ['node:module', osOnly],
    ['node:os', osOrCli],
    ['node:process', osOrCli],
    ['node:readline', ['src/cli']],
    ['node:readline/promises', ['src/cli']],
    ['node:tty', ['src/cli']],
    ['commander', ['src/cli']],
    ['@modelcontextprotocol/sdk', ['src/cli/mcp']],
    ['zod', ['src/cli/mcp']],
    ['execa', osOnly],
    ['ignore', ['src/session']],
    ['xxhash-wasm', ['src/fingerprint']],
    ['fuse-native', ['src/mount/fuse']],
  ]),
  nativeFolder: 'src/os',
  environmentFolder: 'src/cli',
  maxLines: 300,
  generated: ['src/os/native-addon.ts'],
}

function sourcesBelow(folder: string): Map<string, string> {
  const sources = new Map<string, string>()
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name)) {
      sources.set(relative(root, path), readFileSync(path, 'utf8'))
    }
  }
  return sources
}

test('every source file keeps to the layers', () => {
  const sources = sourcesBelow('src')
  expect(sources.size).toBeGreaterThan(10)
  expect(layerViolations(sources, rules)).toEqual([])
})

test('no test file is longer than a source file may be', () => {
  const long = [...sourcesBelow('test')].filter(([, text]) => text.trimEnd().split('\n').length > rules.maxLines)
  expect(long.map(([path]) => path)).toEqual([])
})

const clean: Readonly<Record<string, string>> = {
  'src/errors/error.ts': 'export const E = 1\n',
  'src/os/files.ts':
    "import { openSync } from 'node:fs'\nimport { E } from '../errors/error.js'\nexport { openSync, E }\n",
  'src/mount/mount.ts': "import { E } from '../os/files.js'\nexport const mount: number = E\n",
  'src/mount/fuse/binding.ts': "const fuse = await import('fuse-native')\nexport default fuse\n",
  'src/session/session.ts': "import { mount } from '../mount/mount.js'\nexport const session: number = mount\n",
  'src/index.ts': "export { session } from './session/session.js'\n",
  'src/cli/main.ts': "import { session } from '../index.js'\nconsole.log(session, process.env)\n",
}

function violationsWith(planted: Readonly<Record<string, string>>): string[] {
  return layerViolations(new Map(Object.entries({ ...clean, ...planted })), rules)
}

test('the checker passes a tree that keeps the rules', () => {
  expect(violationsWith({})).toEqual([])
})

const upward = 'src/errors/up.ts'
const planted: readonly [name: string, path: string, text: string, violation: RegExp][] = [
  [
    'a static import',
    upward,
    "import { E } from '../os/files.js'\nexport { E }",
    /row 0 imports src\/os\/files.ts of row 2/,
  ],
  ['import for side effects', upward, "import '../os/files.js'", /row 0 imports/],
  ['import type', upward, "import type { E } from '../os/files.js'\nexport type X = typeof E", /row 0 imports/],
  ['an inline type specifier', upward, "import { type E } from '../os/files.js'\nexport type X = E", /row 0 imports/],
  ['export from', upward, "export { E } from '../os/files.js'", /row 0 imports/],
  ['export type from', upward, "export type { E } from '../os/files.js'", /row 0 imports/],
  ['export star', upward, "export * from '../os/files.js'", /row 0 imports/],
  ['await import', upward, "export const m = await import('../os/files.js')", /row 0 imports/],
  ['await import of a template', upward, 'export const m = await import(`../os/files.js`)', /row 0 imports/],
  ['an import type expression', upward, "export type X = import('../os/files.js').E", /row 0 imports/],
  ['typeof import', upward, "export type X = typeof import('../os/files.js')", /row 0 imports/],
  ['import equals', upward, "import m = require('../os/files.js')\nexport { m }", /row 0 imports/],
  [
    'the same row',
    'src/run/a.ts',
    "import { C } from '../commit/c.js'\nexport { C }",
    /row 6 imports src\/commit\/c.ts of row 6/,
  ],
  ['a computed import', 'src/run/a.ts', "const n = './a.js'\nawait import(n)", /computed name, n/],
  [
    'cli past the index',
    'src/cli/a.ts',
    "import { mount } from '../mount/mount.js'",
    /src\/cli may only src\/index.ts/,
  ],
  [
    'node:fs outside os',
    'src/run/a.ts',
    "import { readFileSync } from 'node:fs'",
    /imports node:fs, which only src\/os may/,
  ],
  ['fs without the prefix', 'src/run/a.ts', "import fs from 'fs/promises'", /which only src\/os may/],
  ['child_process in cli', 'src/cli/a.ts', "import { spawn } from 'node:child_process'", /which only src\/os may/],
  ['require in disguise', 'src/run/a.ts', "process.getBuiltinModule('fs')", /imports fs, which only src\/os may/],
  ['execa outside os', 'src/run/a.ts', "import { execa } from 'execa'", /which only src\/os may/],
  [
    'the addon outside os',
    'src/run/a.ts',
    "import type { A } from '#native/addon.js'",
    /the addon, which only src\/os may/,
  ],
  ['a package unknown', 'src/os/a.ts', "import x from '@scope/left-pad/x.js'", /a package that no folder may/],
  ['a builtin in a pure folder', 'src/paths/a.ts', "import { Buffer } from 'node:buffer'", /src\/paths is pure/],
  ['fuse-native beside its folder', 'src/mount/a.ts', "await import('fuse-native')", /which only src\/mount\/fuse may/],
  ['process.env', 'src/os/a.ts', 'export const p = process.env.PATH', /reads process.env/],
  ['process.env by a string', 'src/os/a.ts', "export const p = globalThis.process['env']", /reads process.env/],
  ['env taken out of process', 'src/os/a.ts', 'const { env } = process', /reads process.env/],
  ['env imported', 'src/os/a.ts', "import { env as e } from 'node:process'", /reads process.env/],
  ['the home directory', 'src/os/a.ts', "import { homedir } from 'node:os'", /reads the home directory/],
  ['a file too long', 'src/os/a.ts', 'export {}\n'.repeat(301), /has 301 lines, more than 300/],
  ['a folder of no row', 'src/utils/a.ts', 'export {}', /lies in no folder of the table/],
  ['a file of no folder', 'src/helpers.ts', 'export {}', /lies in no folder of the table/],
  ['a way out of src', 'src/os/a.ts', "import x from '../../scripts/build.mjs'", /is not a source file/],
  [
    'a cycle',
    'src/errors/error.ts',
    "export { X } from './x.js'\nexport const E = 1",
    /cycle: .*error.ts -> src\/errors\/x.ts -> /,
  ],
]

test.each(planted)('the checker finds %s', (_name, path, text, violation) => {
  const others = {
    'src/errors/x.ts': "import type { E } from './error.js'\nexport type X = typeof E",
    'src/commit/c.ts': 'export const C = 1',
  }
  expect(violationsWith({ ...others, [path]: text })).toEqual([expect.stringMatching(violation)])
})

test('the checker refuses a file that does not parse', () => {
  expect(() => violationsWith({ 'src/os/a.ts': 'import {' })).toThrow(/does not parse/)
})
