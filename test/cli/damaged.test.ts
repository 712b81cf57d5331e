import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { cliBed, plainUser } from '../helpers/cli-bed.js'
import { holdersBelow } from '../helpers/session-bed.js'

beforeEach((context) => need(context, noRoot()))

it('lists a session whose record cannot be read, and discards it', () => {
  const bed = cliBed()
  bed.sh(
    'overlay mount sound; overlay mount broken; overlay unmount broken; echo "{" >.openagentic/sessions/broken/session.json',
  )
  expect(bed.json('list')).toMatchObject({
    sessions: [
      { id: 'broken', state: 'corrupt', problem: { code: 'SESSION_CORRUPT' } },
      { id: 'sound', state: 'attached' },
    ],
  })
  expect(bed.run('status', 'broken')).toMatchObject({ status: 1, stderr: expect.stringContaining('[SESSION_CORRUPT]') })
  expect(bed.run('status', 'sound').status).toBe(0)
  expect(bed.run('discard', 'broken').stderr).toContain('[CONFIRMATION_NEEDED]')
  expect(bed.run('discard', 'broken', '--yes').status).toBe(0)
  expect(bed.json('list')).toMatchObject({ sessions: [{ id: 'sound' }] })
})

it('refuses an upper that somebody has been at, and says so', (context) => {
  need(context, noProgram('setfattr'))
  const bed = cliBed(plainUser)
  const made = bed.sh(
    'overlay mount forged && overlay unmount && mkdir .openagentic/sessions/forged/upper/dir && setfattr -n user.overlay.redirect -v /src .openagentic/sessions/forged/upper/dir',
  )
  expect(made.status, made.stderr).toBe(0)
  for (const command of [['status'], ['diff'], ['commit', '--yes']]) {
    const refused = bed.run(...command)
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('[UPPER_FORGED]') })
  }
  expect(bed.run('list').stdout).toMatch(/^forged +detached +userns +.+ +\? +/m)
  expect(bed.run('discard').stderr).toContain('[CONFIRMATION_NEEDED]')
  expect(bed.run('discard', '--yes').status).toBe(0)
})

it('survives the death of the holder', () => {
  const bed = cliBed(plainUser)
  bed.sh('m=$(overlay mount); echo kept >"$m/kept"')
  const holders = holdersBelow(bed.top)
  expect(holders).toHaveLength(1)
  for (const { pid } of holders) process.kill(pid, 'SIGKILL')
  const status = bed.run('status')
  expect(status).toMatchObject({ status: 0, stdout: 'A kept\n' })
  expect(status.stderr).toMatch(/^note: the session is detached: .+; `mount .+` attaches it again$/m)
  expect(bed.sh('cat "$(overlay mount)/kept"').stdout).toBe('kept\n')
  expect(bed.run('commit', '--yes').stdout).toBe('committed 1 change: 1 added\n')
})

it('leaves nothing when a session cannot be made', () => {
  const bed = cliBed(plainUser)
  const refused = bed.run('mount', '--backend', 'fuse')
  expect(refused).toMatchObject({ status: 5, stdout: '', stderr: expect.stringContaining('[MOUNT_UNAVAILABLE]') })
  const kernel = bed.run('mount', '--backend', 'kernel')
  expect(kernel).toMatchObject({ status: 5, stderr: expect.stringContaining('hint: ') })
  expect(readdirSync(bed.project).sort()).toEqual(['.git', 'README.md', 'old', 'src'])
  expect(holdersBelow(bed.top)).toEqual([])
})

it('keeps out of a project that cannot be written, and says where the changes are', () => {
  const bed = cliBed(plainUser)
  bed.sh('mkdir closed; echo key >closed/.env; chmod a-w closed .')
  const mounted = bed.run('mount', 'elsewhere', '--hide', '.env')
  expect(mounted.status, mounted.stderr).toBe(0)
  expect(mounted.stderr).toContain(`its changes are kept in ${bed.top}/.local/state/openagentic/overlay/`)
  bed.sh(`echo x >${mounted.stdout.trim()}/README.md`)
  expect(bed.run('status').stdout).toBe('M README.md\n')
  expect(bed.sh(`ls -A ${mounted.stdout.trim()}/closed; stat -c %a ${mounted.stdout.trim()}/closed`).stdout).toBe(
    '555\n',
  )
  expect(bed.run('commit', '--yes').status).toBe(1)
  expect(readFileSync(`${bed.project}/README.md`, 'utf8')).toBe('one\ntwo\n')
  expect(bed.run('discard', '--yes').status).toBe(0)
  expect(readdirSync(bed.project).sort()).toEqual(['.git', 'README.md', 'closed', 'old', 'src'])
  bed.sh('chmod u+w . closed')
})
