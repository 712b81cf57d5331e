import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { drifts, setup } from './drift-cases.js'

const ports = systemPorts()

describe.each(backends)('a $name session while a person works', (backend) => {
  let top = ''
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'drift')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  it.each(drifts)('$name: $conflicts', async (drift) => {
    const scratch = await open(backend, `${top}/${drifts.indexOf(drift)}`)
    try {
      run(backend.user, scratch.merged, drift.session)
      if (drift.looked === true) await reviewSession(ports, scratch.session)
      run(backend.user, scratch.project, drift.person)
      const review = await reviewSession(ports, scratch.session)
      expect(review.conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(drift.conflicts)
      const before = listing(scratch.project)
      const commit = commitSession(ports, scratch.session)
      if (drift.conflicts.length === 0) {
        expect((await commit).conflicts).toEqual([])
        expect((await reviewSession(ports, scratch.session)).changeSet.changes).toEqual([])
      } else {
        await expect(commit).rejects.toMatchObject({
          code: 'COMMIT_CONFLICT',
          details: { conflicts: review.conflicts },
        })
        expect(listing(scratch.project)).toBe(before)
      }
      expect(existsSync(`${scratch.session.dir}/stage`)).toBe(false)
    } finally {
      await scratch.unmount()
    }
  })

  it('takes a branch there and back for nothing, after a look', async () => {
    const scratch = await open(
      backend,
      `${top}/git`,
      `${setup}
      git init -q -b main; git add -A; git commit -qm one
      git checkout -qb other; for n in f g d/x d/y; do echo other >> $n; done; rm h; echo n > only; git add -A; git commit -qm two
      git checkout -q main`,
    )
    try {
      run(backend.user, scratch.merged, 'echo 1 >> f; sed -i s/x/X/ d/x; rm g; echo 2 >> h; echo 3 > mine')
      await reviewSession(ports, scratch.session)
      run(backend.user, scratch.project, 'git checkout -q other')
      const away = await reviewSession(ports, scratch.session)
      expect(away.conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual([
        'changed d/x',
        'changed f',
        'changed g',
        'vanished h',
      ])
      run(backend.user, scratch.project, 'git checkout -q main')
      expect((await reviewSession(ports, scratch.session)).conflicts).toEqual([])
      await commitSession(ports, scratch.session)
      expect(readFileSync(`${scratch.project}/f`, 'utf8')).toBe('f\n1\n')
      expect(
        execFileSync('git', ['-c', 'safe.directory=*', 'status', '--short'], {
          cwd: scratch.project,
          encoding: 'utf8',
        }),
      ).toBe(' M d/x\n M f\n D g\n M h\n?? mine\n')
    } finally {
      await scratch.unmount()
    }
  })

  it('lets the policy decide conflicts', async () => {
    const contents: Record<string, string> = {}
    for (const policy of ['skip', 'ours', 'theirs'] as const) {
      const scratch = await open(backend, `${top}/${policy}`)
      try {
        run(backend.user, scratch.merged, 'echo 1 >> f; echo 1 >> g')
        run(backend.user, scratch.project, 'echo p >> f')
        const summary = await commitSession(ports, scratch.session, { onConflict: policy })
        const left = (await reviewSession(ports, scratch.session)).changeSet.changes.map(({ path }) => path)
        const [f, g] = ['f', 'g'].map((name) => readFileSync(`${scratch.project}/${name}`, 'utf8').replaceAll('\n', ''))
        contents[policy] = `${summary.applied.length} ${f} ${g} ${left}`
      } finally {
        await scratch.unmount()
      }
    }
    expect(contents).toEqual({ skip: '1 fp g1 f', ours: '2 f1 g1 ', theirs: '1 fp g1 ' })
  })

  it('goes on after a commit: a second edit builds on the first, and a person in between is noticed', async () => {
    const scratch = await open(backend, `${top}/again`)
    try {
      run(backend.user, scratch.merged, 'echo 1 >> f; echo 1 >> g; rm h')
      await commitSession(ports, scratch.session)
      run(backend.user, scratch.project, 'echo p >> g; echo back > h')
      // What was committed is no change any more, whatever the person does to it.
      expect((await reviewSession(ports, scratch.session)).changeSet.changes).toEqual([])
      run(backend.user, scratch.merged, 'echo 2 >> f; echo 2 >> g')
      const review = await reviewSession(ports, scratch.session)
      expect(review.changeSet.changes.map(({ path }) => path)).toEqual(['f', 'g'])
      expect(review.conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['changed g'])
      await commitSession(ports, scratch.session, { onConflict: 'skip' })
      expect(readFileSync(`${scratch.project}/f`, 'utf8')).toBe('f\n1\n2\n')
      expect(readFileSync(`${scratch.project}/g`, 'utf8')).toBe('g\n1\np\n')
      expect(readFileSync(`${scratch.project}/h`, 'utf8')).toBe('back\n')
    } finally {
      await scratch.unmount()
    }
  })
})

function open(backend: (typeof backends)[number], dir: string, script = setup): Promise<ScratchSession> {
  return openScratchSession({ ports, backend, dir, before: (project) => run(backend.user, project, script) })
}

function run(user: number, at: string, script: string): void {
  const git = { NAME: 'a', EMAIL: 'a@example.org' }
  const names = Object.entries(git).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ])
  execFileSync('sh', ['-ec', script], {
    cwd: at,
    uid: user,
    gid: user,
    env: { ...process.env, HOME: '/nonexistent', ...Object.fromEntries(names) },
  })
}

function listing(at: string): string {
  return execFileSync(
    'sh',
    ['-c', 'find . -printf "%p %y %m %s %T@ %l\\n" | sort; find . -type f -exec sha256sum {} +'],
    { cwd: at, encoding: 'utf8' },
  )
}
