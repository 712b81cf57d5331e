import { beforeEach, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, type Ended, quoted } from '../helpers/cli-bed.js'
import { fixture } from '../helpers/wasi.js'

let bed: CliBed

beforeEach((context) => {
  need(context, noRoot() ?? noProgram('script'))
  bed = cliBed()
  expect(bed.sh('m=$(overlay mount) && echo two >"$m/new"').status).toBe(0)
})

/** Runs a command line of the program on a terminal of its own; `typed` is what the person types. */
function onTerminal(line: string, typed = '', env: Readonly<Record<string, string>> = {}): Ended {
  const program = `${quoted(process.execPath)} ${quoted(cliProgram)} ${line}`
  return bed.sh(`printf ${quoted(typed)} | script -qec ${quoted(program)} /dev/null`, env)
}

it('asks before a commit, and commits on yes', () => {
  const { status, stdout } = onTerminal('commit', 'y\n')
  expect(stdout).toContain('A new\r\n')
  expect(stdout).toMatch(/Commit 1 change to .*project\? \[y\/N\]/)
  expect(stdout).toContain('committed 1 change: 1 added')
  expect(status).toBe(0)
  expect(bed.sh('cat new').stdout).toBe('two\n')
})

it.each(['n\n', '\n', ''])('commits nothing on the answer %j', (typed) => {
  const { status, stdout } = onTerminal('commit', typed)
  expect(stdout).toContain('[ABORTED]')
  expect(status).toBe(1)
  expect(bed.sh('ls').stdout).toBe('README.md\nold\nsrc\n')
})

it('asks nothing with --yes, with CI, and when there is nothing to commit', () => {
  expect(onTerminal('commit --yes').stdout).not.toContain('[y/N]')
  expect(onTerminal('commit').stdout).not.toContain('[y/N]')
  bed.sh('m=$(overlay mount) && echo three >"$m/new"')
  expect(onTerminal('commit', '', { CI: 'true' }).stdout).not.toContain('[y/N]')
  expect(bed.sh('cat new').stdout).toBe('three\n')
})

it('shows a conflict instead of asking', () => {
  bed.sh('echo person >new')
  const { status, stdout } = onTerminal('commit', 'y\n')
  expect(stdout).not.toContain('[y/N]')
  expect(stdout).toContain('[COMMIT_CONFLICT]')
  expect(status).toBe(4)
})

it('asks before it drops changes', () => {
  expect(onTerminal('discard', 'n\n')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('with 1 change for good?'),
  })
  expect(bed.run('status').stdout).toBe('A new\n')
  expect(onTerminal('discard', 'yes\n').status).toBe(0)
  expect(bed.json('list')).toMatchObject({ sessions: [] })
})

it('pages and colours a diff', () => {
  const { stdout } = onTerminal('diff', '', { PAGER: "sed 's/^/paged: /'" })
  expect(stdout).toContain('paged: ')
  expect(stdout).toContain('\u001b[32m+')
  expect(onTerminal('diff', '', { PAGER: 'cat', NO_COLOR: '1' }).stdout).not.toContain('\u001b')
  expect(onTerminal('diff', '', { PAGER: 'sed s/^/paged/', CI: '1' }).stdout).not.toContain('paged')
  expect(onTerminal('diff', '', { PAGER: 'true' }).status).toBe(0)
})

it('ends with 130 on Ctrl-C, at a question and in a module', () => {
  const program = `${quoted(process.execPath)} ${quoted(cliProgram)}`
  const atQuestion = bed.sh(`(sleep 2; printf '\\003'; sleep 1) | script -qec ${quoted(`${program} commit`)} /dev/null`)
  expect(atQuestion).toMatchObject({ status: 130, stdout: expect.stringContaining('[ABORTED]') })
  const inModule = bed.sh(
    `(sleep 2; printf '\\003'; sleep 1) | script -qec ${quoted(`${program} exec -- ${fixture('loop')}`)} /dev/null`,
  )
  expect(inModule.status).toBe(130)
  expect(bed.sh('ls').stdout).toBe('README.md\nold\nsrc\n')
})
