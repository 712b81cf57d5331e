import { expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { cliBed } from '../helpers/cli-bed.js'
import { fixture } from '../helpers/wasi.js'

const text = expect.any(String)
const number = expect.any(Number)
const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

const created = {
  status: 'A',
  kind: 'create',
  path: 'new',
  type: 'file',
  baseType: null,
  size: 4,
  aspects: expect.any(Array),
  implied: false,
}

it('keeps to the documented form of each command', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const session = 'schema'
  const project = bed.project
  const merged = `${project}/.openagentic/shadow/schema`
  const layers = `${project}/.openagentic/sessions/schema`

  expect(bed.json('mount', session, '--hide', 'old')).toEqual({
    version: 1,
    session,
    project,
    merged,
    layers,
    backend: 'kernel',
    created: true,
    rejected: [],
    newlyHidden: [],
    limits: [],
  })
  bed.sh(`echo new >${merged}/new`)
  expect(bed.json('status')).toEqual({
    version: 1,
    session,
    project,
    merged,
    state: 'attached',
    changes: [created],
    conflicts: [],
    refusals: [],
    moves: [],
    ignored: [],
  })
  expect(bed.json('list')).toEqual({
    version: 1,
    project,
    sessions: [
      { id: session, state: 'attached', backend: 'kernel', created: moment, changes: 1, bytes: number, merged },
    ],
    recovered: [],
  })
  expect(bed.json('diff', '--name-status')).toEqual({ version: 1, session, changes: [created] })
  expect(bed.json('diff', '--stat')).toEqual({
    version: 1,
    session,
    files: [{ path: 'new', added: 1, deleted: 0 }],
    notes: [],
  })
  expect(bed.json('diff')).toEqual({
    version: 1,
    session,
    patch: expect.stringMatching(/^diff --git a\/new b\/new\n[\s\S]*\n\+new\n$/),
    notes: [],
  })
  expect(bed.json('exec', '--', fixture('hello'))).toEqual({
    version: 1,
    session,
    ended: 'exit',
    exitStatus: 0,
    signal: null,
    trap: null,
    durationMs: number,
    stdout: text,
    stderr: text,
    stdoutTruncated: false,
    stderrTruncated: false,
    changes: [],
  })
  const nothing = { pending: [], dropped: [], merged: [], unmerged: [], conflicts: [], warnings: [] }
  const commit = { version: 1, session, project, closed: false, discarded: false, ...nothing }
  expect(bed.json('commit', '--dry-run')).toEqual({ ...commit, dryRun: true, applied: [created] })
  expect(bed.json('commit')).toEqual({ ...commit, dryRun: false, applied: [created] })
  const { entries } = bed.json('log') as { entries: { operation: string }[] }
  expect(entries.map(({ operation }) => operation)).toEqual([text, 'exec', 'commit'])
  expect(entries).toEqual(entries.map(() => ({ at: moment, operation: text, details: expect.any(Object) })))
  expect(bed.json('gc')).toEqual({
    version: 1,
    project,
    removed: [],
    kept: [{ id: session, reason: 'it is mounted' }],
    undo: [],
    modules: { entries: 0, bytes: 0 },
    leftovers: 0,
    freedBytes: 0,
    recovered: [],
  })
  expect(bed.json('unmount')).toEqual({ version: 1, session, project, wasMounted: true })
  expect(bed.json('status')).toMatchObject({ state: 'detached', reason: 'unmounted' })
  expect(bed.json('discard')).toEqual({ version: 1, session, project, droppedChanges: 0 })
  expect(bed.json('completion', 'bash')).toEqual({ version: 1, shell: 'bash', script: text })
  const { canMount, checks } = bed.json('doctor') as { canMount: boolean; checks: { name: string }[] }
  expect(canMount).toBe(true)
  expect(checks).toContainEqual({ name: 'backend kernel', ok: true, detail: text, fix: null })
  expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['backend userns', 'wasmtime', 'git']))
})

it('prints one line, and nothing on standard error', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  expect(bed.run('--json', '--quiet', 'mount').stdout).toMatch(/^[^\n]+\n$/)
  expect(bed.run('--json', 'nonsense')).toMatchObject({ stderr: '' })
})

it('carries bytes that are no text through a patch', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('m=$(overlay mount) && printf "caf\\xe9\\n" >"$m/latin1"')
  const { patch } = bed.json('diff') as { patch: string }
  expect(patch).toContain('+caf\udce9\n')
})

it('removes finished sessions, and keeps the others', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('overlay mount done; overlay unmount done; echo x >"$(overlay mount more)/x"; overlay unmount more')
  expect(bed.json('gc')).toMatchObject({
    removed: [{ id: 'done', bytes: number }],
    kept: [{ id: 'more', reason: '1 change pending' }],
  })
  expect(bed.run('status')).toMatchObject({ status: 0, stdout: 'A x\n' })
})
