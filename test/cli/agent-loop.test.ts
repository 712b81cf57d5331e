import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { need, noRoot, noWasmtime } from '../helpers/capability.js'
import { removeBed } from '../helpers/session-bed.js'

let top = ''
let project = ''
beforeEach((context) => {
  need(context, noRoot() ?? noWasmtime())
  top = mkdtempSync(join(tmpdir(), 'oa-agent-'))
  onTestFinished(() => removeBed(top))
  project = `${top}/project`
  mkdirSync(project)
  writeFileSync(`${project}/README.md`, 'one\ntwo\nthree\n')
  writeFileSync(`${top}/secret.txt`, 'secret')
})

function run(...args: string[]): { status: number | null; lines: string[] } {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: `${top}/cache` }
  const ran = spawnSync(process.execPath, ['examples/agent-loop/main.mjs', ...args], { encoding: 'utf8', env })
  expect(ran.stderr).toBe('')
  return { status: ran.status, lines: ran.stdout.trimEnd().split('\n') }
}

it('works in a session, and leaves the project alone', () => {
  const { status, lines } = run(project)
  expect(status).toBe(0)
  expect(lines[0]).toBe('ListFiles {"path":"."} -> {"entries":[{"name":"README.md","type":"file"}]}')
  expect(lines[1]).toMatch(/^ReadFile .*"error":"PATH_OUTSIDE"/)
  expect(lines[2]).toMatch(/"exitCode":0,"stdout":"3\\n"/)
  expect(lines.slice(-3)).toEqual([
    'agent: SUMMARY.md is written, 1 line long.',
    'A SUMMARY.md',
    expect.stringMatching(/^kept: openagentic-overlay commit [a-z-]+$/),
  ])
  expect(existsSync(`${project}/SUMMARY.md`)).toBe(false)
  const id = lines.at(-1)?.split(' ').at(-1)
  const kept = spawnSync(process.execPath, ['dist/cli/main.cjs', '-C', project, 'status', `${id}`], {
    encoding: 'utf8',
  })
  expect(kept.stdout).toBe('A SUMMARY.md\n')
})

it('commits where it is told to, and leaves nothing else', () => {
  const { status, lines } = run(project, '--commit')
  expect(status).toBe(0)
  expect(lines.at(-1)).toBe('committed 1')
  expect(readFileSync(`${project}/SUMMARY.md`, 'utf8')).toBe('README.md has 3 lines.\n')
  expect(existsSync(`${project}/.openagentic`)).toBe(false)
})
