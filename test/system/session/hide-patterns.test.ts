import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { expandHidePatterns, outermost } from '../../../src/session/hide-patterns.js'
import { need, noRoot } from '../../helpers/capability.js'
import { type Scratch, scratch } from '../../helpers/scratch.js'

const files = [
  '.env',
  'a/.env',
  'a/b/key.pem',
  'a/b/notes',
  'build/x',
  'a/build/y',
  'KEY.PEM',
  'caf\u00e9.txt',
  '#odd',
  'a b',
  '.openagentic/s',
]

function project(): Scratch {
  const place = scratch()
  for (const file of files) {
    mkdirSync(dirname(`${place.path}/${file}`), { recursive: true })
    writeFileSync(`${place.path}/${file}`, '')
  }
  return place
}

test.for([
  ['a name, at any depth', ['.env'], ['.env', 'a/.env']],
  ['a path from the root', ['/.env'], ['.env']],
  ['a directory, with all below it in one', ['build/'], ['a/build', 'build']],
  ['a slash in the middle is from the root', ['a/build'], ['a/build']],
  ['wildcards', ['*.pem'], ['a/b/key.pem']],
  ['two stars', ['a/**/notes'], ['a/b/notes']],
  ['an exception', ['.env', '!a/.env'], ['.env']],
  ['no exception below a hidden directory', ['/a', '!a/.env'], ['a']],
  ['one character, not one byte', ['caf?.txt'], ['caf\xc3\xa9.txt']],
  ['a comment', ['# .env'], []],
  ['an escaped hash', ['\\#odd'], ['#odd']],
  ['spaces', ['a b'], ['a b']],
  ['never .openagentic', ['s', '.openagentic'], []],
] as const)('%s', async ([, patterns, expected]) => {
  const { ops, path } = project()
  expect(await expandHidePatterns(ops, path, patterns)).toEqual(expected)
})

test('says the same as git', async () => {
  const { ops, path } = project()
  execFileSync('git', ['init', '-q', path])
  const patterns = ['*.pem', '!key.pem', 'b?ild', '[ab]/.env', 'c*', '/a/b/*', '!/a/b/notes', '**/x']
  writeFileSync(`${path}/.git/info/exclude`, patterns.join('\n'))
  const ignored = execFileSync('git', ['status', '--porcelain', '-z', '--ignored=matching', '--untracked-files=all'], {
    cwd: path,
    encoding: 'latin1',
  })
  const byGit = ignored.split('\0').flatMap((line) => (line.startsWith('!! ') ? line.slice(3).replace(/\/$/, '') : []))
  expect(await expandHidePatterns(ops, path, patterns)).toEqual(byGit.sort())
  expect(await expandHidePatterns(ops, path, ['/.git/config'])).toEqual(['.git/config'])
})

test('names that are not UTF-8', async () => {
  const { ops, path, root } = scratch()
  for (const name of ['\xff.key', 'k\xfe', 'other']) ops.close(ops.createFile(root, name as never, 0o600))
  expect(await expandHidePatterns(ops, path, ['*.key', 'k?'])).toEqual(['k\xfe', '\xff.key'])
})

test('what may not be read, or is mounted in the project, is left out', async (context) => {
  need(context, noRoot())
  const { ops, path } = project()
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${path}/a`])
  writeFileSync(`${path}/a/.env`, '')
  try {
    expect(await expandHidePatterns(ops, path, ['.env'])).toEqual(['.env'])
  } finally {
    execFileSync('umount', [`${path}/a`])
  }
})

test.for([[''], ['  '], ['a\nb'], ['a\0b']])('no pattern: %j', async ([pattern]) => {
  const { ops, path } = scratch()
  await expect(expandHidePatterns(ops, path, [pattern as string])).rejects.toMatchObject({ code: 'USAGE' })
})

test('paths below others are left out', () => {
  expect(outermost(['a/b', 'ab', 'a', 'a/b/c', 'c'] as RelPath[])).toEqual(['ab', 'a', 'c'])
})
