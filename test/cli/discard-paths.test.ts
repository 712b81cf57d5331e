import { beforeEach, describe, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, plainUser } from '../helpers/cli-bed.js'

beforeEach((context) => need(context, noRoot()))

/** Some of everything that a session can do; `$m` is merged. */
const work = `
  echo changed >"$m/README.md"; rm "$m/old"; mkdir -p "$m/made/deep"; echo x >"$m/made/deep/x"; echo y >"$m/made/y"
  echo extra >"$m/src/extra"; chmod 700 "$m/src"; ln -s README.md "$m/link"; chmod 600 "$m/src/main.c"`

function bedWithWork(uid: number, more = ''): CliBed {
  const bed = cliBed(uid)
  const made = bed.sh(`${more}\nm=$(overlay mount) || exit 1\n${work}`)
  expect(made.status, made.stderr).toBe(0)
  return bed
}

function status(bed: CliBed): string[] {
  return bed.run('status').stdout.split('\n').slice(0, -1)
}

const all = [
  'M README.md',
  'A link',
  'A made/',
  'A made/deep/',
  'A made/deep/x',
  'A made/y',
  'D old',
  'P src/',
  'A src/extra',
  'P src/main.c',
]

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('a session of %s', (_name, uid) => {
  it.each([
    [['README.md'], ['M README.md']],
    [
      ['old', 'link'],
      ['A link', 'D old'],
    ],
    [['made'], ['A made/', 'A made/deep/', 'A made/deep/x', 'A made/y']],
    [['made/deep'], ['A made/deep/', 'A made/deep/x']],
    [['src/extra'], ['A src/extra']],
    [['src'], ['P src/', 'A src/extra', 'P src/main.c']],
    [['README.md', 'link', 'made', 'old', 'src'], all],
  ])('forgets its changes to %j, and no others', (paths, gone) => {
    const bed = bedWithWork(uid)
    expect(status(bed)).toEqual(all)
    const dropped = bed.json('discard', '--yes', '--', ...paths)
    expect(dropped).toMatchObject({ droppedChanges: gone.length })
    expect(status(bed)).toEqual(all.filter((line) => !gone.includes(line)))
    const list = bed.sh(
      'm=$(overlay mount); for p in README.md old src/main.c src; do stat -c "%n %a %s %Y" "$m/$p"; done',
    )
    const base = bed.sh('for p in README.md old src/main.c src; do stat -c "%n %a %s %Y" "$p"; done')
    const shown = new Set(list.stdout.split('\n').map((line) => line.replace(/^.*\/shadow\/[^/]+\//, '')))
    for (const line of base.stdout.split('\n')) {
      if (paths.some((path) => line.startsWith(`${path} `))) expect(shown).toContain(line)
    }
  })
})

it('takes both ends of a renamed directory', () => {
  const bed = cliBed()
  bed.sh('m=$(overlay mount); mv "$m/src" "$m/lib"; echo x >"$m/lib/new"; echo keep >"$m/keep"')
  expect(bed.run('discard', '--yes', 'lib').status).toBe(0)
  expect(status(bed)).toEqual(['A keep'])
  expect(bed.sh('m=$(overlay mount); ls "$m" "$m/src"').stdout).toContain('main.c')
})

it('refuses to tear apart a directory that was replaced as a whole', () => {
  const bed = cliBed()
  bed.sh('m=$(overlay mount); rm -r "$m/src"; mkdir "$m/src"; echo 1 >"$m/src/one"; echo 2 >"$m/src/main.c"')
  const refused = bed.run('discard', '--yes', 'src/main.c')
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('[PATH_INVALID]') })
  expect(status(bed)).toContain('M src/main.c')
  expect(bed.run('discard', '--yes', 'src/one').status).toBe(0)
  expect(status(bed)).not.toContain('A src/one')
  expect(bed.run('discard', '--yes', 'src').status).toBe(0)
  expect(status(bed)).toEqual([])
})

it('brings no hidden path to light', () => {
  const bed = cliBed()
  bed.sh('echo secret >src/.env; m=$(overlay mount --hide .env); rm -r "$m/src"; echo x >"$m/x"')
  expect(bed.run('discard', '--yes', 'src').status).toBe(0)
  expect(bed.sh('m=$(overlay mount); ls -A "$m/src"').stdout).toBe('main.c\n')
  expect(status(bed)).toEqual(['A x'])
})

it('leaves everything while somebody works in merged', () => {
  const bed = bedWithWork(0)
  const busy = bed.sh('cd "$(overlay mount)" && overlay discard --yes README.md')
  expect(busy.stderr).toContain('[SESSION_BUSY]')
  expect(busy.status).toBe(1)
  expect(status(bed)).toEqual(all)
  bed.run('unmount')
  expect(bed.run('discard', '--yes', 'README.md').status).toBe(0)
  expect(bed.json('status')).toMatchObject({ state: 'detached' })
})

it('asks first, and takes the project itself for a slip', () => {
  const bed = bedWithWork(0)
  expect(bed.run('discard', 'README.md').stderr).toContain('[CONFIRMATION_NEEDED]')
  expect(bed.run('discard', '--yes', '.')).toMatchObject({ status: 2 })
  expect(bed.run('discard', '--yes', '--', 'no/such').stderr).toContain('[NO_SUCH_CHANGE]')
  expect(status(bed)).toEqual(all)
})
