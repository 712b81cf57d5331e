import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { allowKinds } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { need, noProgram } from '../../helpers/capability.js'
import { makeTop, openScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  for n in f g h; do echo $n > $n; done; mkdir -p d/sub e; for n in x y; do echo $n > d/$n; echo $n > e/$n; done; echo s > d/sub/s`

interface Hostile {
  readonly what: string
  /** Shell commands of root's in the upper; FAMILY and OTHER stand for the two families of marks. */
  readonly upper: string
  /** How the commit ends: with an error, or as merged shows it (\`ok\`), or with these paths changed (where merged shows nothing that could be had). */
  readonly ends: 'ok' | string | readonly string[]
  /** Only in sessions of root, or of a plain user. */
  readonly only?: 'trusted' | 'user'
}

const whiteout = 'c 0 0'
const redirect = (path: string, to: string): string => `mkdir ${path}; setfattr -n FAMILY.redirect -v '${to}' ${path}`

const uppers: readonly Hostile[] = [
  ...['..', '/..', '/../outside', '/d/../../outside', 'a/b', '/', '', '.', '/.openagentic/sessions'].map(
    (to): Hostile => ({ what: `a redirect to ${JSON.stringify(to)}`, upper: redirect('n', to), ends: 'UPPER_FORGED' }),
  ),
  {
    what: 'a redirect in a session that has none',
    upper: redirect('n', '/d'),
    ends: 'UPPER_FORGED',
    only: 'user',
  },
  { what: 'an absolute redirect beside the project', upper: redirect('n', '/outside'), ends: 'ok', only: 'trusted' },
  { what: 'a redirect through a link', upper: redirect('n', '/way/sub'), ends: 'ok', only: 'trusted' },
  { what: 'a redirect of the other family', upper: redirect('n', '..').replace('FAMILY', 'OTHER'), ends: 'ok' },
  {
    what: 'data that is said to lie outside',
    upper: `: > n; setfattr -n FAMILY.metacopy n; setfattr -n FAMILY.redirect -v /../outside/secret n`,
    ends: 'UPPER_FORGED',
  },
  {
    what: 'data that is said to lie behind a link',
    upper: `truncate -s 7 n; setfattr -n FAMILY.metacopy n; setfattr -n FAMILY.redirect -v /way/secret n; echo 1 > m`,
    ends: ['m'],
    only: 'trusted',
  },
  {
    what: 'marks of the other family on everything',
    upper: `mkdir d; echo 1 > d/x; setfattr -n OTHER.opaque -v y d; setfattr -n OTHER.whiteout -v y d/x; setfattr -n OTHER.metacopy d/x
            echo 2 > f; setfattr -n OTHER.redirect -v /../outside/secret f; setfattr -n OTHER.origin -v 0s00fb f`,
    ends: 'ok',
  },
  { what: 'an origin that is none', upper: `echo 1 > f; setfattr -n FAMILY.origin -v 0s00fb1500 f`, ends: 'ok' },
  { what: 'an opaque directory', upper: `mkdir d; setfattr -n FAMILY.opaque -v y d; echo 1 > d/x`, ends: 'ok' },
  {
    what: 'whiteouts by attribute where none count, with content and without',
    upper: `: > n; echo content > m; mkdir d; : > d/x; for n in n m d/x; do setfattr -n FAMILY.whiteout -v y $n; done; echo 1 > o`,
    ends: ['m', 'o'],
  },
  {
    what: 'a whiteout by attribute with content where it counts',
    upper: `mkdir d; setfattr -n FAMILY.opaque -v x d; echo content > d/x; setfattr -n FAMILY.whiteout -v y d/x`,
    ends: 'ok',
  },
  {
    what: 'whiteouts over nothing, and over everything',
    upper: `for n in n f d e; do mknod $n ${whiteout}; done`,
    ends: 'ok',
  },
  { what: 'a device', upper: 'mknod n c 1 3', ends: 'COMMIT_REFUSED' },
  { what: 'a disk in the place of a file', upper: 'mknod f b 7 0', ends: 'COMMIT_REFUSED' },
  { what: 'a FIFO in the place of a file', upper: 'mkfifo f', ends: 'COMMIT_REFUSED' },
  {
    what: 'a socket',
    upper: `perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "n", Listen => 1) or die'`,
    ends: 'COMMIT_REFUSED',
  },
  { what: 'a program that runs as its owner', upper: 'echo > n; chmod 4755 n', ends: 'COMMIT_REFUSED' },
  { what: 'a directory that gives its group away', upper: 'mkdir n; chmod 2777 n', ends: 'COMMIT_REFUSED' },
  {
    what: 'a program with capabilities',
    upper: ': > capable; setfattr -n security.capability -v 0x0000000200200000000000000000000000000000 capable',
    ends: 'COMMIT_REFUSED',
  },
  { what: 'a link that leads out', upper: 'ln -s ../outside n', ends: 'COMMIT_REFUSED' },
  { what: 'a link that leads out in the place of a directory', upper: 'ln -s ../outside d', ends: 'COMMIT_REFUSED' },
  {
    what: 'sessions in the session',
    upper: `mkdir -p .openagentic/sessions/evil; echo > .openagentic/lock; echo 1 > n`,
    ends: ['n'],
  },
  {
    what: 'names that look like others',
    upper: `for n in ... '.. ' ' ..' '. ' '..\\\\' '-rf' '~' '%2e%2e' $'..\\n' $'\\u2024\\u2024' $'\\xff..' $'a\\\\..\\\\b' ; do echo 1 > "$n"; done; mkdir '..d '; echo 1 > '..d /..x'`,
    ends: 'ok',
  },
  {
    what: 'a directory that nobody may enter',
    upper: `mkdir -p n/m; echo 1 > n/m/f; chmod 0 n/m n/m/f n`,
    ends: 'ok',
    only: 'trusted',
  },
  {
    what: 'a file that is linked to one outside',
    upper: `ln ../../outside/secret n; ln ../../outside/secret d-link`,
    ends: 'ok',
  },
]

describe.each(backends)('a $name commit of an upper made by an enemy', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'hostile')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing() ?? noProgram('setfattr')))

  const sh = (at: string, script: string): string =>
    execFileSync('bash', ['-ec', `umask 022; ${script}`], { cwd: at, encoding: 'utf8' })

  const own = uppers.filter(({ only }) => only === undefined || only === backend.family)
  it.each(own)('that holds $what', async ({ upper, ends }) => {
    const dir = `${top}/${count++}`
    mkdirSync(dir)
    const outside = `${dir}/outside` as AbsPath
    sh(dir, `mkdir -p outside/sub; echo secret > outside/secret; chown -R ${backend.user}:${backend.user} .`)
    const scratch = await openScratchSession({
      ports,
      backend,
      dir,
      before: (project) =>
        void sh(project, `${setup}; ln -s ../outside way; chown -hR ${backend.user}:${backend.user} .`),
    })
    await scratch.unmount()
    const { session, project } = scratch
    const other = backend.family === 'user' ? 'trusted' : 'user'
    const script = upper.replaceAll('FAMILY', `${backend.family}.overlay`).replaceAll('OTHER', `${other}.overlay`)
    sh(
      session.upper,
      `${script}\nfind . -mindepth 1 -user 0 ! -perm /6000 ! -name capable -exec chown -h ${backend.user}:${backend.user} {} +`,
    )
    const [before, around] = [snapshotTree(ports.ops, project), snapshotTree(ports.ops, outside)]

    if (typeof ends === 'string' && ends !== 'ok') {
      await expect(commitSession(ports, session)).rejects.toMatchObject({ code: ends })
      expect(snapshotTree(ports.ops, project)).toEqual(before)
    } else if (ends === 'ok') {
      const merged = await scratch.snapshot()
      await commitSession(ports, session, { allow: allowKinds })
      expect(snapshotTree(ports.ops, project)).toEqual(merged)
    } else {
      await commitSession(ports, session, { allow: allowKinds })
      const after = snapshotTree(ports.ops, project)
      const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
        (path) => JSON.stringify(essence(before.get(path))) !== JSON.stringify(essence(after.get(path))),
      )
      expect(differing).toEqual(ends)
    }
    expect(sh(project, `find . -exec getfattr -h -m 'overlay' {} + 2>/dev/null`)).toBe('')
    // Nothing outside was touched, and nothing of it is shared.
    expect(snapshotTree(ports.ops, outside)).toEqual(around)
    sh(dir, 'for n in $(find lower -type f -links +1 -samefile outside/secret); do echo shared $n; exit 1; done')
  })
})

function essence(entry: ReturnType<ReturnType<typeof snapshotTree>['get']>): unknown {
  if (entry === undefined) return undefined
  const { type, mode, owner, content, xattrs } = entry
  return { type, mode, owner, content, xattrs }
}
