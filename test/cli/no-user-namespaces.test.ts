import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { need, noProgram } from '../helpers/capability.js'
import { type CliBed, cliBed } from '../helpers/cli-bed.js'
import { accountUser, noFuse } from '../helpers/fuse-bed.js'

// The main job, as a plain user of a machine that has no user namespaces. No backend is named.

const signMarkdown = fileURLToPath(new URL('../../scripts/demo/sign-markdown.wat', import.meta.url))
let dir = ''
let bed: CliBed

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'oa-jail-'))
  execFileSync('chmod', ['755', dir])
  if (missing() !== undefined) return
  execFileSync('cc', ['-Wall', '-Werror', '-o', join(dir, 'jail'), 'test/fixtures/jail/no-user-namespaces.c'])
})
afterAll(() => rmSync(dir, { recursive: true }))
beforeEach((context) => {
  need(context, missing())
  bed = cliBed(accountUser, [join(dir, 'jail'), `${accountUser}`])
})

function missing(): string | undefined {
  return noFuse() ?? noProgram('cc') ?? noProgram('unshare')
}

it('really has none', () => {
  expect(bed.sh('id -u; unshare --user true')).toMatchObject({ status: 1, stdout: `${accountUser}\n` })
  expect(execFileSync('unshare', ['--user', 'echo', 'outside'], { encoding: 'utf8' })).toBe('outside\n')
})

it('takes FUSE, and says why not the others', () => {
  const { checks } = bed.json('doctor') as { checks: { name: string; ok: boolean }[] }
  const backends = checks.filter(({ name }) => name.startsWith('backend '))
  expect(backends.map(({ name, ok }) => [name, ok])).toEqual([
    ['backend kernel', false],
    ['backend userns', false],
    ['backend fuse', true],
  ])
  const { status, stderr } = bed.run('mount', 's')
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringMatching(
      /^note: session s, backend fuse\nnote: not by kernel: .+\nnote: not by userns: a seccomp filter forbids it.+\n$/,
    ) as string,
  })
})

it('works, shows, commits and takes back', () => {
  const merged = bed.run('mount', 's').stdout.trim()
  expect(bed.sh(`cd ${merged} && sed -i s/two/2/ README.md && rm old && mv src lib && echo new >new`).status).toBe(0)
  expect(bed.run('exec', '--', signMarkdown).status).toBe(0)
  const pending = 'M README.md\nR src/ -> lib/\nA new\nD old\n'
  expect(bed.run('status').stdout).toBe(pending)
  const before = bed.sh('ls -R; cat README.md src/* old').stdout
  expect(bed.run('commit', '--yes')).toMatchObject({ status: 0 })
  expect(bed.run('status').stdout).toBe('')
  expect(bed.sh('ls; head -n 2 README.md; cat new lib/main.c').stdout).toBe(
    'README.md\nlib\nnew\none\n2\nnew\nint main;\n',
  )
  expect(bed.run('undo')).toMatchObject({ status: 0 })
  expect(bed.sh('ls -R; cat README.md src/* old').stdout).toBe(before)
  expect(bed.run('status').stdout).toBe(pending)
})

it('keeps the person’s edit, and the session of a server that was killed', () => {
  const merged = bed.run('mount', 's').stdout.trim()
  bed.sh(`echo session >${merged}/README.md && echo new >${merged}/new && echo person >>README.md`)
  expect(bed.run('commit', '--yes')).toMatchObject({ status: 4, stdout: '' })
  expect(bed.sh('cat README.md; ls').stdout).toBe('one\ntwo\nperson\nREADME.md\nold\nsrc\n')
  const record = JSON.parse(bed.sh('cat .openagentic/sessions/s/session.json').stdout) as { holder: { pid: number } }
  process.kill(record.holder.pid, 'SIGKILL')
  expect(bed.sh(`cat ${merged}/new`)).toMatchObject({ status: 1 })
  expect(bed.json('list')).toMatchObject({ sessions: [{ id: 's', state: 'detached', backend: 'fuse', changes: 2 }] })
  expect(bed.run('mount', 's').status).toBe(0)
  expect(bed.sh(`cat ${merged}/new`).stdout).toBe('new\n')
  expect(bed.run('commit', '--yes', '--on-conflict', 'skip').stdout).toContain('committed 1 change: 1 added')
  expect(bed.run('discard', '--yes').status).toBe(0)
  expect(bed.sh('cat README.md; ls -A').stdout).toBe('one\ntwo\nperson\n.git\nREADME.md\nnew\nold\nsrc\n')
})
