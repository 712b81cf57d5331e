import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { cliBed, plainUser } from '../helpers/cli-bed.js'
import { fixture } from '../helpers/wasi.js'

it('is quiet when the reader has gone', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('m=$(overlay mount); for i in $(seq 300); do seq $i 2000 >"$m/f$i"; done')
  for (const command of ['diff', 'status', 'list']) {
    const gone = bed.sh(`{ overlay ${command}; echo "status $?" >&2; } | true`)
    expect(gone.stderr).toMatch(/^(warning.*\n)*status 0\n$/)
  }
  const head = bed.sh('{ overlay diff; echo "status $?" >&2; } | head -n 1')
  expect(head).toMatchObject({ stdout: 'diff --git a/f1 b/f1\n', stderr: 'status 0\n' })
})

it('does not keep silent about a full disk behind its output', (context) => {
  need(context, noRoot() ?? (existsSync('/dev/full') ? undefined : 'no /dev/full'))
  const bed = cliBed()
  bed.sh('echo x >"$(overlay mount)/x"')
  const full = bed.sh('overlay status >/dev/full')
  expect(full.status).toBe(1)
  expect(full.stderr).toContain('no space left on the device (ENOSPC) [SYSTEM_CALL_FAILED]')
})

it('colours, pages and asks nowhere but on a terminal', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('echo x >"$(overlay mount)/x"')
  const { stdout, stderr } = bed.sh('overlay diff; overlay status; overlay commit', { PAGER: 'echo paged' })
  expect(stdout).not.toContain('\u001b')
  expect(stdout).not.toContain('paged')
  expect(stderr).not.toContain('\u001b')
  expect(stdout).toContain('committed 1 change')
})

it('drops notes with --quiet, not errors', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  expect(bed.run('--quiet', 'mount').stderr).toBe('')
  expect(bed.run('--quiet', 'status').stderr).toBe('')
  expect(bed.run('--quiet', 'status', 'none').stderr).toContain('[NO_SUCH_SESSION]')
  expect(bed.run('status').stderr).toBe('note: no changes\n')
})

it('passes the output and the end of a module through', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.run('mount')
  expect(bed.run('exec', '--', fixture('exit'), '7').status).toBe(7)
  const trap = bed.run('exec', '--', fixture('trap'))
  expect(trap.status).toBe(134)
  expect(trap.stderr).toContain('error: the module trapped')
  const loop = bed.run('exec', '--time', '300ms', '--', fixture('loop'))
  expect(loop.status).toBe(124)
  expect(loop.stderr).toContain('error: the module ran longer than 300 ms')
  expect(bed.sh(`echo hi | overlay exec -- ${fixture('cat')}`).stdout).toBe('hi\n')
})

it('shows help on standard output, and its version', () => {
  const bed = cliBed()
  expect(bed.run('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('mount') })
  expect(bed.run('commit', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--on-conflict') })
  expect(bed.run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
})

it('finds the project from below it, from merged and by -C', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const merged = bed.run('mount', 'here').stdout.trim()
  bed.sh(`echo x >>${merged}/src/main.c`)
  expect(bed.sh('cd src && overlay diff --name-status main.c').stdout).toBe('M src/main.c\n')
  expect(bed.sh(`cd ${merged}/src && overlay diff --name-status main.c`).stdout).toBe('M src/main.c\n')
  expect(bed.sh('cd / && overlay -C "$OLDPWD" diff --name-status src').stdout).toBe('M src/main.c\n')
  expect(bed.sh('cd src && overlay diff --name-status .').stdout).toBe('M src/main.c\n')
})

it.each([0, plainUser])('shows a moved file as one line, whatever the backend makes of it (user %d)', (user) => {
  const bed = cliBed(user)
  bed.sh('mkdir d; echo content >d/old; echo other >stays')
  bed.sh('m=$(overlay mount); mv "$m/d/old" "$m/d/new"; echo more >>"$m/stays"')
  expect(bed.sh('overlay status').stdout).toBe('R d/old -> d/new\nM stays\n')
  expect(bed.sh('overlay commit --yes; ls d').stdout).toMatch(/committed .*\nnew\n$/)
})
