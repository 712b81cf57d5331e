import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { cliBed, plainUser } from '../helpers/cli-bed.js'

const signMarkdown = fileURLToPath(new URL('../../scripts/demo/sign-markdown.wat', import.meta.url))

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('as %s', (_name, uid) => {
  it('mounts, works, shows, commits and leaves nothing', (context) => {
    need(context, noRoot())
    const bed = cliBed(uid)
    const mounted = bed.run('mount')
    expect(mounted.status, mounted.stderr).toBe(0)
    const merged = mounted.stdout.slice(0, -1)
    expect(merged).toMatch(new RegExp(`^${bed.project}/\\.openagentic/shadow/[a-z0-9.-]+$`))
    const work = bed.sh(
      `cd ${merged} && echo new >new.txt && sed -i s/two/2/ README.md && rm old && mkdir dir && chmod 755 src/main.c && mv src/main.c dir/`,
    )
    expect(work).toMatchObject({ status: 0, stderr: '' })
    expect(bed.run('status').stdout.split('\n')).toEqual([
      'M README.md',
      'A dir/',
      'R src/main.c -> dir/main.c',
      'A new.txt',
      'D old',
      '',
    ])
    expect(readFileSync(join(bed.project, 'README.md'), 'utf8')).toBe('one\ntwo\n')
    expect(bed.sh('cp -a . ../copy; rm -rf ../copy/.openagentic').status).toBe(0)
    const applied = bed.sh('overlay diff >../patch && cd ../copy && git apply --check ../patch && git apply ../patch')
    expect(applied.status, applied.stderr).toBe(0)
    const committed = bed.run('commit', '--yes')
    expect(committed.status, committed.stderr).toBe(0)
    expect(committed.stdout).toMatch(/^committed 6 changes: /)
    expect(bed.run('status').stdout).toBe('')
    expect(bed.run('discard').status).toBe(0)
    expect(bed.sh('ls -A').stdout).toBe('.git\nREADME.md\ndir\nnew.txt\nsrc\n')
    expect(bed.sh('diff -r --exclude .git . ../copy').stdout).toBe('Only in .: src\n')
  })

  it('runs a WASI module in the session', (context) => {
    need(context, noRoot() ?? noProgram('bash'))
    const bed = cliBed(uid)
    expect(bed.run('mount', 'wasi').status).toBe(0)
    const ran = bed.run('exec', '--', signMarkdown)
    expect(ran.status, ran.stderr).toBe(0)
    expect(ran.stdout).toContain('signed')
    expect(bed.run('status').stdout).toBe('M README.md\n')
    expect(bed.run('log').stdout).toMatch(
      /exec {2,}argv=.*sign-markdown\.wat.*exitStatus=0.*changed=1 {2}paths=README\.md\n$/,
    )
  })

  it('attaches a session again, with all that it held', (context) => {
    need(context, noRoot())
    const bed = cliBed(uid)
    bed.sh('echo kept >"$(overlay mount again)/kept"')
    expect(bed.run('unmount').status).toBe(0)
    expect(bed.json('list')).toMatchObject({ sessions: [{ id: 'again', state: 'detached', changes: 1 }] })
    expect(bed.run('status')).toMatchObject({ status: 0, stdout: 'A kept\n' })
    const merged = bed.run('mount').stdout.trim()
    expect(bed.sh(`cat ${merged}/kept`).stdout).toBe('kept\n')
    expect(bed.json('mount', 'again')).toMatchObject({ session: 'again', created: false })
  })
})

it('takes names of any bytes, in and out', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const odd = 'o\xff"\n\t\\d'
  bed.sh(`m=$(overlay mount); echo x >"$m"/$'o\\xff"\\n\\t\\\\d'; echo y >"$m/\xc3\xa9"; echo z >"$m/plain"`)
  expect(bed.run('status').stdout).toBe('A "o\\377\\"\\n\\t\\\\d"\nA plain\nA \xc3\xa9\n')
  const { changes } = bed.json('status') as { changes: { path: string }[] }
  expect(changes.map(({ path }) => path)).toEqual(['o\udcff"\n\t\\d', 'plain', 'é'])
  const only = bed.run('diff', '--name-status', '--', odd)
  expect(only).toMatchObject({ status: 0, stdout: 'A "o\\377\\"\\n\\t\\\\d"\n' })
  expect(bed.run('commit', '--yes', '--', odd).stdout).toContain('still pending: 2 changes')
  expect(bed.sh(`cat $'o\\xff"\\n\\t\\\\d'`).stdout).toBe('x\n')
  expect(bed.run('diff', `${bed.project}/\xc3\xa9`, '--name-status').stdout).toBe('A \xc3\xa9\n')
})

it('works on a project whose own path is no UTF-8', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const made = bed.sh(
    `mkdir $'../p\\xff :,\\\\'; cd $'../p\\xff :,\\\\'; echo a >a; m=$(overlay mount); echo b >"$m/b"; overlay status; overlay commit --yes; ls`,
  )
  expect(made.stdout).toBe('A b\ncommitted 1 change: 1 added\na\nb\n')
})
