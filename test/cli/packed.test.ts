import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed } from '../helpers/cli-bed.js'

// What `npm pack` packs, unpacked alone: it must not find anything of the checkout by chance.

const root = fileURLToPath(new URL('../..', import.meta.url))
let scratch: string
let unpacked: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'oa-packed-'))
  const options = { cwd: root, encoding: 'utf8' } as const
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', scratch]
  const file = execFileSync('npm', args, options).trim().split('\n').at(-1) ?? ''
  execFileSync('tar', ['-xzf', join(scratch, file), '-C', scratch])
  unpacked = join(scratch, 'package')
})

afterAll(() => execFileSync('rm', ['-rf', scratch]))

function manifest(): { bin: Record<string, string>; exports: Record<string, { default: string }> } {
  return JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as ReturnType<typeof manifest>
}

function program(): string {
  return join(unpacked, manifest().bin['openagentic-overlay'] ?? '')
}

/** Of the program: its files. */
function chunks(): string[] {
  const dir = dirname(program())
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cjs'))
    .map((name) => join(dir, name))
}

test('the program needs no package beside it', () => {
  const known = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))
  const files = new Set(chunks())
  expect(files.size).toBeGreaterThan(20)
  for (const file of files) {
    const names = [...readFileSync(file, 'utf8').matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(
      ([, name]) => name ?? '',
    )
    const missing = names.filter((name) =>
      name.startsWith('.') ? !files.has(join(dirname(file), name)) : !known.has(name),
    )
    expect({ file, missing }).toEqual({ file, missing: [] })
  }
})

test('the server of FUSE mounts is there, and is one file', () => {
  const text = readFileSync(join(unpacked, 'dist/fuse-server.cjs'), 'utf8')
  const names = [...text.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(2)
  expect(names.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')))).toEqual([])
})

test('what is bundled comes with its license', () => {
  const texts = readFileSync(join(dirname(program()), 'LICENSES.txt'), 'utf8').split(/^-{80}$/m)
  const names = texts.map((text) => /^\n*(\S+) \d+\.\d+/.exec(text)?.[1])
  const { dependencies } = manifest() as unknown as { dependencies: Record<string, string> }
  expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), '@modelcontextprotocol/sdk', 'zod']))
  for (const text of texts) expect(text).toMatch(/permission/i)
})

test('the protocol of mcp is loaded by mcp alone', () => {
  const files = new Map(chunks().map((file) => [basename(file), readFileSync(file, 'utf8')]))
  const withProtocol = [...files].filter(([, text]) => text.includes('notifications/cancelled')).map(([name]) => name)
  expect(withProtocol).toEqual([expect.stringMatching(/^serve-/)])
  const [serve = ''] = withProtocol
  const importers = [...files].filter(([, text]) => text.includes(serve)).map(([name]) => name)
  expect(importers).toEqual([expect.stringMatching(/^mcp-/)])
  expect(files.get(importers[0] ?? '')).toContain(`.then(() => require("./${serve}"))`)
})

test('every command of the program loads', () => {
  const overlay = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(program(), args, { encoding: 'utf8', cwd: scratch })
  const help = overlay('--help')
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) .* {2}/gm)].map(([, name]) => name ?? '')
  expect(commands).toContain('mount')
  for (const command of commands.filter((name) => name !== 'help')) {
    expect(overlay(command, '--help')).toMatchObject({ status: 0, stderr: '' })
  }
})

test('every module of the program loads', () => {
  for (const file of chunks().filter((file) => file !== program())) {
    // Most load the program's entry, which runs.
    expect(spawnSync(process.execPath, [file, '--version'], { encoding: 'utf8' }), file).toMatchObject({
      status: 0,
      stderr: '',
    })
  }
})

test('without its native parts it says how to build them', () => {
  const ended = spawnSync(program(), ['list'], { encoding: 'utf8', cwd: scratch })
  expect(ended.status).toBe(5)
  expect(ended.stderr).toContain('NATIVE_ADDON_MISSING')
})

test('with them it does the main job, and loads what it needs for it late', (context) => {
  need(context, noRoot())
  const bed: CliBed = cliBed()
  const copy = join(bed.top, 'installed')
  cpSync(unpacked, copy, { recursive: true })
  cpSync(join(root, 'native-helpers/dist'), join(copy, 'native-helpers/dist'), { recursive: true })
  const overlay = join(copy, manifest().bin['openagentic-overlay'] ?? '')
  const steps = [
    `m=$(${overlay} mount --hide /gone)`,
    'echo three >>"$m/README.md"',
    `${overlay} diff`,
    `${overlay} status`,
    `${overlay} commit --yes`,
    'cat README.md',
    `${overlay} discard --yes`,
  ]
  const ended = bed.sh(`set -e\n${steps.join('\n')}`)
  expect(ended.status, ended.stderr).toBe(0)
  expect(ended.stdout).toContain('+three')
  expect(ended.stdout).toMatch(/^M README\.md$/m)
  expect(ended.stdout).toMatch(/^three$/m)
})

test('the library loads with the dependencies that the package names', async () => {
  const project = join(scratch, 'project')
  const installed = join(project, 'node_modules/openagentic-overlay')
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  cpSync(unpacked, installed, { recursive: true })
  const { dependencies } = manifest() as unknown as { dependencies: Record<string, string> }
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
  const file = join(installed, manifest().exports['.']?.default ?? '')
  const library = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const source = (await import('../../src/index.js')) as Record<string, unknown>
  expect(Object.keys(library).sort()).toEqual(Object.keys(source).sort())
  const names = [...readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport\(|^import) ?"([a-z@][^"]*)"/gm)].map(
    ([, name]) => name ?? '',
  )
  expect(names.filter((name) => !name.startsWith('node:') && dependencies[name] === undefined)).toEqual([])
  expect(names).toContain('execa')
})
