import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

const libraries = scriptsIn('scripts/lib')
const programs = ['.ci/run', ...scriptsIn('scripts')]

function scriptsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: folder === 'scripts', encoding: 'utf8' })
    .filter((name) => name.endsWith('.sh') && !name.startsWith('lib/'))
    .map((name) => join(folder, name))
}

function output(command: string, args: readonly string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  return { status, text: stdout + stderr }
}

describe.each([...programs, ...libraries])('%s', (script) => {
  test('parses', () => {
    expect(output('bash', ['-n', script])).toEqual({ status: 0, text: '' })
  })

  test('passes shellcheck', (context) => {
    need(context, noProgram('shellcheck'))
    expect(output('shellcheck', [script])).toEqual({ status: 0, text: '' })
  })
})

test.each(programs)('%s can be started', (script) => {
  expect(readFileSync(join(root, script), 'utf8')).toMatch(/^#!\/usr\/bin\/env bash\n/)
  expect(statSync(join(root, script)).mode & 0o111).toBe(0o111)
})

test('the Vagrantfile is valid', (context) => {
  need(context, noProgram('vagrant'))
  const { status, text } = output('vagrant', ['validate', '--ignore-provider'])
  expect(text).toContain('Vagrantfile validated successfully')
  expect(status).toBe(0)
})

test('package-lock.json names no registry and every platform', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile
  const entries = Object.entries(lock.packages)
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(lock, path, name)),
  )
  expect(missing).toEqual([])
  expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
})

interface Lockfile {
  readonly packages: Readonly<Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>>
}

/** Looks `name` up as node does: in the node_modules of `path`, then of each folder above. */
function isLocked(lock: Lockfile, path: string, name: string): boolean {
  if (lock.packages[join(path, 'node_modules', name)] !== undefined) return true
  return path !== '' && isLocked(lock, path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name)
}
