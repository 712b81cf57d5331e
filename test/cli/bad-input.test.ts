import { expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, plainUser } from '../helpers/cli-bed.js'
import { fixture } from '../helpers/wasi.js'

interface Failure {
  readonly code: string
  readonly status: number
}

/** The error in both forms of output; nothing else may be printed. */
function failure(bed: CliBed, ...args: string[]): Failure {
  const human = bed.run(...args)
  expect(human.stdout).toBe('')
  const [, code] = /^error: .+ \[([A-Z_]+)\]$/m.exec(human.stderr) ?? []
  const json = bed.run('--json', ...args)
  const { version, error } = JSON.parse(json.stdout) as { version: number; error: Record<string, unknown> }
  expect(version).toBe(1)
  expect(Object.keys(error)).toEqual(expect.arrayContaining(['code', 'message', 'hint', 'path']))
  expect(json.status).toBe(human.status)
  expect(error.code).toBe(code)
  return { code: String(code), status: human.status }
}

it.each([
  [['frobnicate']],
  [[]],
  [['status', '--frobnicate']],
  [['status', 'a', 'b']],
  [['mount', '--backend', 'magic']],
  [['commit', '--on-conflict', 'maybe']],
  [['commit', '--allow', 'everything']],
  [['exec', '--time', 'soon', '--', 'x.wasm']],
  [['exec', '--memory', '-1', '--', 'x.wasm']],
  [['exec', '--env', 'noequals', '--', 'x.wasm']],
  [['exec']],
  [['diff', '--stat', '--name-status']],
  [['completion', 'tcsh']],
  [['run', '--', 'true']],
])('answers %j with USAGE and status 2', (args) => {
  expect(failure(cliBed(), ...args)).toEqual({ code: 'USAGE', status: 2 })
})

it('names the value and says what was expected', () => {
  const { stderr } = cliBed().run('exec', '--time', 'soon', '--', 'x.wasm')
  expect(stderr).toContain('Expected a time limit such as "500ms", "10s" or "5m", got "soon"')
})

it.each([['status'], ['diff'], ['commit'], ['discard'], ['log'], ['unmount']])(
  '%s of a session that is not there',
  (command) => {
    const bed = cliBed()
    expect(failure(bed, command)).toEqual({ code: 'NO_SUCH_SESSION', status: 1 })
    expect(failure(bed, command, 'nope')).toEqual({ code: 'NO_SUCH_SESSION', status: 1 })
    expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\nold\nsrc\n')
  },
)

it('takes a slip in an id for an unknown session, not for a path', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('echo x >"$(overlay mount real)/x"')
  for (const args of [
    ['diff', 'raal'],
    ['commit', '--yes', 'raal'],
    ['status', 'raal'],
    ['discard', '--yes', 'raal'],
  ]) {
    expect(failure(bed, ...args)).toEqual({ code: 'NO_SUCH_SESSION', status: 1 })
  }
  expect(failure(bed, 'diff', '--', 'raal')).toEqual({ code: 'NO_SUCH_CHANGE', status: 1 })
  expect(failure(bed, 'commit', 'real', 'no/such')).toEqual({ code: 'NO_SUCH_CHANGE', status: 1 })
  expect(failure(bed, 'diff', '../..')).toEqual({ code: 'PATH_INVALID', status: 1 })
  expect(bed.run('status').stdout).toBe('A x\n')
})

it.each(['a/b', '..', 'A', '-', 'x'.repeat(65), '.hidden'])('refuses the id %j', (id) => {
  const bed = cliBed()
  expect(failure(bed, 'mount', id).code).toMatch(id === '-' ? /^(SESSION_ID_INVALID|USAGE)$/ : /^SESSION_ID_INVALID$/)
  expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\nold\nsrc\n')
})

it('refuses a project that is none', () => {
  const bed = cliBed()
  expect(failure(bed, '-C', 'README.md', 'mount')).toEqual({ code: 'PROJECT_INVALID', status: 1 })
  expect(failure(bed, '-C', '/no/such', 'list')).toEqual({ code: 'PROJECT_INVALID', status: 1 })
  expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\nold\nsrc\n')
})

it.for([0, plainUser])('refuses a project inside a session, as user %i', (uid, context) => {
  need(context, noRoot())
  const bed = cliBed(uid)
  const merged = bed.run('mount', 'outer').stdout.trim()
  expect(failure(bed, '-C', `${merged}/src`, 'mount')).toEqual({ code: 'PROJECT_INVALID', status: 1 })
})

it('asks for a name where there are several sessions', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  for (const id of ['one', 'two']) expect(bed.run('mount', id).status).toBe(0)
  expect(failure(bed, 'status')).toEqual({ code: 'SESSION_AMBIGUOUS', status: 1 })
  expect(bed.run('status').stderr).toContain('one, two')
  expect(bed.sh('overlay --json status', { OPENAGENTIC_SESSION: 'two' }).stdout).toContain('"session":"two"')
  expect(bed.sh('overlay status', { OPENAGENTIC_SESSION: 'three' }).stderr).toContain('NO_SUCH_SESSION')
})

it('tells the module errors apart, with the statuses of a shell', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.run('mount')
  const exec = (...args: string[]): Failure => failure(bed, 'exec', ...args)
  expect(exec('--', 'none.wasm')).toEqual({ code: 'MODULE_NOT_FOUND', status: 127 })
  expect(exec('--', 'README.md')).toEqual({ code: 'MODULE_INVALID', status: 126 })
  expect(exec('--wasmtime', '/no/wasmtime', '--', 'x')).toEqual({ code: 'WASMTIME_MISSING', status: 5 })
  expect(exec('--cwd', 'none', '--', fixture('hello'))).toEqual({ code: 'PATH_INVALID', status: 1 })
  expect(exec('--', fixture('hello'), 'no\xffutf8')).toEqual({ code: 'USAGE', status: 2 })
  bed.run('unmount')
  expect(exec('--', fixture('hello'))).toEqual({ code: 'SESSION_NOT_MOUNTED', status: 1 })
})

it('says that git is missing, and what works without', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('echo x >"$(overlay mount)/x"')
  const without = bed.sh('PATH=/nonexistent overlay diff')
  expect(without).toMatchObject({ status: 5, stdout: '' })
  expect(without.stderr).toContain('[GIT_MISSING]')
  expect(bed.sh('PATH=/nonexistent overlay diff --name-status')).toMatchObject({ status: 0, stdout: 'A x\n' })
  expect(bed.sh('ls -A ../tmp').stdout).toBe('')
})
