import { beforeEach, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed } from '../helpers/cli-bed.js'

let bed: CliBed

/** A session that changed two files, one of which the person changed too. */
beforeEach((context) => {
  need(context, noRoot())
  bed = cliBed()
  const made = bed.sh(
    'm=$(overlay mount) && echo session >"$m/README.md" && echo fine >"$m/new" && echo person >README.md',
  )
  expect(made.status, made.stderr).toBe(0)
})

it('marks a conflict, stops with status 4 and changes nothing', () => {
  const status = bed.run('status')
  expect(status).toMatchObject({ status: 0, stdout: 'M! README.md\nA new\n' })
  expect(status.stderr).toMatch(/^conflict: README\.md: expected .+, found .+$/m)
  const commit = bed.run('commit', '--yes')
  expect(commit).toMatchObject({ status: 4, stdout: '' })
  expect(commit.stderr).toContain('[COMMIT_CONFLICT]')
  expect(commit.stderr).toContain('--on-conflict')
  const json = bed.run('--json', 'commit', '--yes')
  expect(json.status).toBe(4)
  expect(JSON.parse(json.stdout)).toMatchObject({
    error: { code: 'COMMIT_CONFLICT', details: { conflicts: [{ path: 'README.md', reason: 'changed' }] } },
  })
  expect(bed.sh('cat README.md; ls').stdout).toBe('person\nREADME.md\nold\nsrc\n')
})

it('tells the same in a dry run, with the plan', () => {
  const dry = bed.run('commit', '--dry-run')
  expect(dry.status).toBe(4)
  expect(dry.stderr).toContain('conflict: README.md')
  expect(bed.run('commit', '--dry-run', '--on-conflict', 'skip')).toMatchObject({
    status: 0,
    stdout: 'A new\nwould commit 1 change: 1 added\nstill pending: 1 change\n',
  })
  expect(bed.sh('ls').stdout).toBe('README.md\nold\nsrc\n')
})

it.each([
  ['skip', 'committed 1 change: 1 added\nstill pending: 1 change\n', 'person\n', 'M! README.md\n'],
  ['ours', 'committed 2 changes: 1 added, 1 modified\n', 'session\n', ''],
  ['theirs', 'committed 1 change: 1 added\nleft as the project has it: 1 change\n', 'person\n', ''],
])('--on-conflict %s', (policy, summary, content, left) => {
  expect(bed.run('commit', '--yes', '--on-conflict', policy)).toMatchObject({ status: 0, stdout: summary })
  expect(bed.sh('cat README.md').stdout).toBe(content)
  expect(bed.run('status').stdout).toBe(left)
})

it('commits the paths that are named, beside a conflict', () => {
  expect(bed.run('commit', '--yes', 'new').stdout).toBe('committed 1 change: 1 added\nstill pending: 1 change\n')
})

it('refuses what could run later, until it is allowed', () => {
  bed.sh('m=$(overlay mount); mkdir -p "$m/.git/hooks"; echo evil >"$m/.git/hooks/post-checkout"')
  const refused = bed.run('commit', '--yes', '.git')
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('[COMMIT_REFUSED]')
  expect(refused.stderr).toContain('--allow protected')
  expect(bed.run('status').stdout).toContain('A! .git/hooks/post-checkout\n')
  expect(bed.run('commit', '--yes', '--allow', 'protected', '.git').status).toBe(0)
})

it('closes the session once nothing is pending', () => {
  expect(bed.run('commit', '--yes', '--close', 'new').stderr).toContain('the session stays: 1 change pending')
  expect(bed.json('commit', '--yes', '--close', '--on-conflict', 'ours')).toMatchObject({ closed: true })
  expect(bed.json('list')).toMatchObject({ sessions: [{ state: 'closed' }] })
})

it('needs --yes to discard pending changes where nobody can be asked', () => {
  const refused = bed.run('discard')
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('[CONFIRMATION_NEEDED]')
  expect(bed.run('status').stdout).not.toBe('')
  expect(bed.run('discard', '--yes').status).toBe(0)
})
