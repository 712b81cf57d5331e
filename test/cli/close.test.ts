import { beforeEach, describe, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, plainUser } from '../helpers/cli-bed.js'

let bed: CliBed

/** Makes a session with changes, and closes it by a commit. */
function close(user = 0): void {
  bed = cliBed(user)
  const made = bed.sh('m=$(overlay mount s) && echo three >>"$m/README.md" && rm "$m/old" && echo x >"$m/new"')
  expect(made.status, made.stderr).toBe(0)
  const { status, stdout, stderr } = bed.run('commit', '--yes', '--close')
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'committed 3 changes: 1 added, 1 modified, 1 deleted\n',
    stderr: 'note: session s is closed; `undo s` opens it again\n',
  })
}

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('a session of %s that a commit closed', (_name, user) => {
  beforeEach((context) => {
    need(context, noRoot())
    close(user)
  })

  it('is undone, and shows its changes again', () => {
    const undone = bed.run('undo')
    expect(undone).toMatchObject({ status: 0, stderr: 'note: session s is open again; `mount s` attaches it\n' })
    expect(undone.stdout).toMatch(/^undid the commit of .+: 3 entries/)
    expect(bed.sh('cat README.md old; ls').stdout).toBe('one\ntwo\ngone\nREADME.md\nold\nsrc\n')
    expect(bed.run('status').stdout).toBe('M README.md\nA new\nD old\n')
    expect(bed.sh('tail -n 1 "$(overlay mount)/README.md"').stdout).toBe('three\n')
    expect(bed.json('commit', '--close')).toMatchObject({ closed: true, discarded: false, warnings: [] })
    expect(bed.sh('tail -n 1 README.md').stdout).toBe('three\n')
  })
})

describe('a closed session', () => {
  beforeEach((context) => {
    need(context, noRoot())
    close()
  })

  it('is listed', () => {
    const [head, row] = bed.run('list').stdout.split('\n')
    expect(head).toMatch(/^SESSION +STATE +BACKEND +AGE +CHANGES +HELD$/)
    expect(row).toMatch(/^s +closed +kernel +\d+ \w+ +- +[\d.]+ KiB$/)
    const { sessions } = bed.json('list') as { sessions: { bytes: number }[] }
    expect(sessions).toMatchObject([{ id: 's', state: 'closed', changes: 0 }])
    expect(sessions[0]).not.toHaveProperty('reason')
    expect(sessions[0]?.bytes).toBeGreaterThan(0)
    expect(bed.json('list', '--short')).toMatchObject({ sessions: [{ state: 'closed', changes: null, bytes: null }] })
  })

  it.each([
    'mount s',
    'unmount s',
    'status s',
    'diff s',
    'diff --name-status s new',
    'commit s',
    'commit s --dry-run',
    'commit s --close',
    'discard s new --yes',
    'exec s -- x.wasm',
  ])('is refused: %s', (command) => {
    const { status, stdout, stderr } = bed.run(...command.split(' '))
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(
      'error: Expected session "s" to be open, found it closed by its last commit [SESSION_CLOSED]',
    )
    expect(stderr).toContain('undo s')
    expect(bed.json('list', '--short')).toMatchObject({ sessions: [{ state: 'closed' }] })
  })

  it('is not meant where none is named, but by what it is left for', () => {
    for (const command of ['status', 'diff', 'commit', 'unmount'])
      expect(bed.run(command)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/alone: s \[NO_SUCH_SESSION\]/),
      })
    expect(bed.run('recover').stdout).toBe('nothing to recover\n')
    expect(bed.run('log').stdout).toMatch(/ {2}commit +applied=3/)
    expect(bed.json('undo', '--dry-run')).toMatchObject({ session: 's' })
    expect(bed.sh('OPENAGENTIC_SESSION=s overlay status').stderr).toContain('[SESSION_CLOSED]')
    // The other one is the only one from here on.
    expect(bed.json('mount')).toMatchObject({ created: true })
    expect(bed.run('status')).toMatchObject({ status: 0, stdout: '' })
    expect(bed.run('undo').stderr).toContain('[NOTHING_TO_UNDO]')
    expect(bed.json('undo', 's')).toMatchObject({ session: 's' })
    expect(bed.run('status').stderr).toContain('[SESSION_AMBIGUOUS]')
  })

  it('is discarded without a question', () => {
    expect(bed.json('discard')).toMatchObject({ session: 's', droppedChanges: 0 })
    expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\nnew\nsrc\n')
  })

  it('is removed by gc once its commit is too old to be undone', () => {
    expect(bed.json('gc')).toMatchObject({
      removed: [],
      kept: [{ id: 's', reason: 'it is closed, and its last commit can still be undone' }],
    })
    const age = (days: number): void => {
      bed.sh(`cd .openagentic/sessions/s/undo && mv [0-9]* ${Date.now() - days * 86_400_000}`)
    }
    age(13)
    expect(bed.json('gc')).toMatchObject({ removed: [] })
    age(15)
    bed.sh('mkdir .openagentic/sessions/s/undo/rescued-1')
    expect(bed.json('gc')).toMatchObject({
      removed: [],
      kept: [{ id: 's', reason: expect.stringContaining('rescued-1') }],
    })
    bed.sh('rmdir .openagentic/sessions/s/undo/rescued-1')
    const { removed, undo, freedBytes } = bed.json('gc') as {
      removed: { bytes: number }[]
      undo: []
      freedBytes: number
    }
    expect({ removed, undo }).toEqual({ removed: [{ id: 's', bytes: expect.any(Number) }], undo: [] })
    expect(freedBytes).toBe(removed[0]?.bytes)
    expect(freedBytes).toBeGreaterThan(0)
    expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\nnew\nsrc\n')
  })
})

describe('commit --close', () => {
  beforeEach((context) => {
    need(context, noRoot())
    bed = cliBed()
  })

  it('discards a session with nothing in it', () => {
    bed.run('mount', 's')
    expect(bed.run('commit', '--close')).toMatchObject({
      status: 0,
      stdout: 'nothing was committed\n',
      stderr: 'note: session s is gone\n',
    })
    expect(bed.sh('ls -A').stdout).not.toContain('.openagentic')
  })

  it('keeps what can be undone of a session with nothing in it', () => {
    bed.sh('echo a >"$(overlay mount s)/a"; overlay commit')
    expect(bed.run('commit', '--close').stderr).toMatch(
      /^note: session s stays, detached: its last commit can still be/,
    )
    expect(bed.json('list')).toMatchObject({ sessions: [{ state: 'detached' }] })
    expect(bed.json('undo', 's')).toMatchObject({ session: 's' })
    expect(bed.sh('ls a').status).not.toBe(0)
  })

  it('keeps a session whose layers lie apart for as long as it can be undone', () => {
    bed.sh('m=$(overlay mount s --state-dir ../state); echo a >"$m/a"; overlay commit a')
    bed.sh('echo b >"$(overlay mount)/b"')
    expect(bed.json('commit', '--close')).toMatchObject({ closed: false, discarded: false, applied: [{ path: 'b' }] })
    expect(bed.json('list')).toMatchObject({ sessions: [{ state: 'detached' }] })
    bed.run('undo', 's')
    expect(bed.sh('cat a; ls -A').stdout).toBe('a\n.git\n.openagentic\nREADME.md\na\nold\nsrc\n')
    bed.sh('cd .openagentic/sessions/s/undo && for id in [0-9]*; do mv "$id" $((id - 15 * 86400000)); done')
    bed.sh('overlay commit s')
    bed.sh('cd .openagentic/sessions/s/undo && for id in [0-9]*; do mv "$id" $((id - 15 * 86400000)); done')
    expect(bed.json('gc')).toMatchObject({ removed: [{ id: 's' }] })
    expect(bed.sh('cat a b; ls -A . ../state').stdout).toBe('a\nb\n.:\n.git\nREADME.md\na\nb\nold\nsrc\n\n../state:\n')
  })

  it('leaves a session open that has more, and that somebody uses', () => {
    const inUse = bed.sh('m=$(overlay mount s); echo a >"$m/a"; echo b >"$m/b"; cd "$m"; overlay commit s --close')
    expect(inUse.stderr).toContain('[SESSION_BUSY]')
    expect(bed.json('commit', 'a', '--close')).toMatchObject({ closed: false, discarded: false })
    expect(bed.run('status').stdout).toBe('A b\n')
    expect(bed.run('commit', '--close', '--quiet').stderr).toBe('')
    expect(bed.json('list')).toMatchObject({ sessions: [{ state: 'closed' }] })
  })
})
