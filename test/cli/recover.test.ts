import { existsSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, plainUser, quoted } from '../helpers/cli-bed.js'

beforeEach((context) => need(context, noRoot() ?? noProgram('strace')))

const changes =
  'm=$(overlay mount s) && echo three >>"$m/README.md" && rm "$m/old" && mkdir "$m/new" && echo x >"$m/new/x"'
const finished = 'note: session s: finished the commit that was cut short\n'
const rolledBack = 'note: session s: rolled back the commit that was cut short\n'

/** Kills the real program at its rename number `at`; `false` when it makes fewer. */
function killedAt(bed: CliBed, at: number, command = 'commit --yes'): boolean {
  const program = `${quoted(process.execPath)} ${quoted(cliProgram)} ${command}`
  const { status, stderr } = bed.sh(
    `strace -f -qq -e trace=renameat2 -e inject=renameat2:signal=KILL:when=${at} -o /dev/null ${program}`,
  )
  if (status !== 137 && status !== 0) throw new Error(stderr)
  return status === 137
}

/** What the project holds, without our own directories. */
function tree(bed: CliBed): string {
  return bed.sh(
    'find . -path ./.openagentic -prune -o -path ./.git -prune -o -printf "%P %y %m %T@ %s\\n" | sort; cat README.md',
  ).stdout
}

/** The fifth rename is among those that move entries: the third one, after those that make plan and mark real. */
const amongMoves = 4

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('a commit of %s that is killed', (_name, user) => {
  it('is told of by the next status, which finishes it or rolls it back', () => {
    const bed = cliBed(user)
    expect(bed.sh(changes).status).toBe(0)
    const old = tree(bed)
    const outcomes: string[] = []
    for (let at = 1; killedAt(bed, at); at += 1) {
      const { stdout, stderr, status } = bed.run('status')
      expect(status, stderr).toBe(0)
      outcomes.push(stderr.split('note: no changes\n')[0] ?? '')
      // Killed when all was done, there is nothing to tell.
      const isNew = stderr.startsWith(finished) || stderr === 'note: no changes\n'
      expect(stdout).toBe(isNew ? '' : 'M README.md\nA new/\nA new/x\nD old\n')
      if (isNew) expect(bed.run('undo').status).toBe(0)
      expect(tree(bed)).toBe(old)
      expect(bed.run('status').stderr).toBe('')
    }
    expect(outcomes.slice(0, 2)).toEqual([rolledBack, rolledBack])
    expect(outcomes.length).toBeGreaterThanOrEqual(7)
    expect(new Set(outcomes.slice(2, 6))).toEqual(new Set([finished]))
    expect(tree(bed)).not.toBe(old)
  })
})

describe('a commit that was cut short', () => {
  let bed: CliBed
  let old: string
  beforeEach(() => {
    bed = cliBed()
    bed.sh(changes)
    old = tree(bed)
    expect(killedAt(bed, amongMoves)).toBe(true)
    expect(tree(bed)).not.toBe(old)
  })

  it.each([
    ['mount', 0],
    ['unmount', 0],
    ['list', 0],
    ['diff', 0],
    ['commit', 0],
    ['commit --dry-run', 0],
    ['undo --yes', 0],
    ['discard new', 1],
    ['discard --yes', 0],
    ['exec -- nothing.wasm', 127],
    ['gc', 0],
  ])('is finished first by %s', (command, status) => {
    const done = bed.sh(`overlay ${command}`)
    expect(done.stderr).toContain(finished)
    expect(done.status, done.stderr).toBe(status)
    if (command === 'undo --yes') expect(tree(bed)).toBe(old)
    else expect(bed.sh('cat README.md new/x; ls').stdout).toBe('one\ntwo\nthree\nx\nREADME.md\nnew\nsrc\n')
    expect(existsSync(`${bed.project}/.openagentic/sessions/s/journal`)).toBe(false)
    if (command !== 'discard --yes') expect(bed.run('recover').stdout).toBe('nothing to recover\n')
  })

  it('is finished by recover, which says so in both forms', () => {
    const recovered = { session: 's', outcome: 'finished', kind: 'commit', conflicts: [], kept: null, warnings: [] }
    expect(bed.json('recover')).toEqual({ version: 1, session: 's', project: bed.project, recovered })
    expect(bed.json('recover')).toEqual({ version: 1, session: 's', project: bed.project, recovered: null })
    const { entries } = bed.json('log') as { entries: { operation: string; details: object }[] }
    expect(entries.at(-1)).toMatchObject({ operation: 'recover', details: { outcome: 'finished', kind: 'commit' } })
    bed.run('undo', '--yes')
    expect(killedAt(bed, amongMoves)).toBe(true)
    expect(bed.run('recover')).toEqual({ status: 0, stderr: '', stdout: 'finished the commit that was cut short\n' })
  })

  it('is in --json of every command, of one that fails too', () => {
    const recovered = { session: 's', outcome: 'finished', kind: 'commit', conflicts: [], kept: null, warnings: [] }
    const failed = bed.run('--json', '--quiet', 'diff', 'no/such/path')
    expect(failed.stderr).toBe('')
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { code: 'NO_SUCH_CHANGE' }, recovered })
    bed.run('undo', '--yes')
    expect(killedAt(bed, amongMoves)).toBe(true)
    expect(bed.json('list')).toMatchObject({ sessions: [{ id: 's', changes: 0 }], recovered: [recovered] })
  })

  it('leaves alone what a person made of it meanwhile, and names it', () => {
    bed.sh('echo person >old2; mv old2 old; rm -rf new; mkdir new; echo mine >new/mine')
    const { stderr, stdout, status } = bed.run('status')
    expect(status).toBe(0)
    expect(stderr).toContain(finished)
    expect(stderr).toMatch(/^warning: left as somebody else made it: (new|old): expected .+, found .+$/m)
    expect(bed.sh('cat old new/mine').stdout).toBe('person\nmine\n')
    expect(stdout).toMatch(/^D! old$/m)
    expect(bed.json('status')).not.toHaveProperty('recovered')
  })

  it('is left alone, and everything with it, by whoever finds its journal damaged', () => {
    const journal = `${bed.project}/.openagentic/sessions/s/journal`
    bed.sh(`cp -a ${journal} ../kept; printf x | dd of=${journal}/plan bs=1 seek=100 conv=notrunc status=none`)
    const now = tree(bed)
    for (const command of [
      'status',
      'diff',
      'commit --yes',
      'undo --yes',
      'recover',
      'mount',
      'discard --yes',
      'exec -- x',
    ]) {
      const refused = bed.sh(`overlay ${command}`)
      expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('[JOURNAL_DAMAGED]') })
      expect(refused.stderr).toContain('docs/commit-protocol.md')
    }
    expect(bed.json('list')).toMatchObject({ sessions: [{ id: 's', changes: null }] })
    expect(bed.json('gc')).toMatchObject({ removed: [], kept: [{ id: 's' }] })
    expect(bed.run('log').status).toBe(0)
    expect(bed.run('unmount')).toMatchObject({ status: 0, stderr: expect.stringContaining('[JOURNAL_DAMAGED]') })
    expect(tree(bed)).toBe(now)
    bed.sh(`cp ../kept/plan ${journal}/plan`)
    expect(bed.run('recover').stdout).toBe('finished the commit that was cut short\n')
  })

  it('is rolled forward once: a recovery that is killed is recovered from', () => {
    for (let at = 1; killedAt(bed, at, 'recover'); at += 1) if (at > 20) throw new Error('no end')
    expect(bed.run('status')).toMatchObject({ status: 0, stdout: '' })
    expect(bed.run('undo').status).toBe(0)
    expect(tree(bed)).toBe(old)
  })
})

it('takes a commit that is still at work for no crash', () => {
  const bed = cliBed()
  bed.sh(changes)
  const old = tree(bed)
  const journal = `${bed.project}/.openagentic/sessions/s/journal`
  bed.sh(`mkdir ${journal}`)
  const meanwhile = (command: string): ReturnType<CliBed['run']> =>
    bed.sh(`exec 9<.openagentic/lock; flock 9; overlay ${command}`)
  expect(meanwhile('status')).toEqual({ status: 0, stderr: '', stdout: expect.stringContaining('M README.md\n') })
  expect(meanwhile('diff').status).toBe(0)
  expect(meanwhile('list').stdout).toMatch(/^s +attached/m)
  for (const command of ['mount', 'unmount', 'commit --yes', 'undo', 'recover', 'discard --yes', 'exec -- x']) {
    expect(meanwhile(command)).toMatchObject({ status: 1, stderr: expect.stringContaining('[ALREADY_COMMITTING]') })
  }
  expect(existsSync(journal)).toBe(true)
  expect(tree(bed)).toBe(old)
  expect(bed.run('recover')).toEqual({ status: 0, stderr: '', stdout: 'nothing to recover\n' })
  expect(existsSync(journal)).toBe(false)
})
