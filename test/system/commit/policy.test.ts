import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import type { CommitOptions } from '../../../src/commit/types.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need } from '../../helpers/capability.js'
import { choiceOf, gitPlace, patchOf, withoutHunk } from '../../helpers/hunks.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  git init -q .; mkdir -p repo/hooks bin far/away; echo x > repo/hooks/pre-commit; echo s > bin/tool; chmod 755 bin/tool; seq 1 20 > .envrc; seq 1 20 > plain
  ln -s /etc far/away/etc; mkfifo far/pipe; echo c > far/caps`

/** `root`: done to the upper by root, as no process of a plain user's session could. */
const cases: readonly { what: string; session: string; root?: string; refused: readonly string[] }[] = [
  { what: 'setuid by metadata alone', session: 'chmod 4755 bin/tool', refused: ['setid bin/tool'] },
  { what: 'setgid on a directory by metadata alone', session: 'chmod 2755 bin', refused: ['setid bin'] },
  {
    what: 'a capability by metadata alone',
    session: 'touch far/caps',
    root: 'setfattr -n security.capability -v 0x0000000200200000000000000000000000000000 far/caps',
    refused: ['capabilities far/caps'],
  },
  {
    what: 'a file in the place of the repository',
    session: 'rm -r .git; echo "gitdir: repo" > .git',
    refused: ['protected .git'],
  },
  {
    what: 'a link in the place of the repository',
    session: 'rm -r .git; ln -s repo .git',
    refused: ['protected .git'],
  },
  {
    what: 'hooks in another case',
    session: 'mkdir -p sub/.GIT/Hooks; echo x > sub/.GIT/Hooks/pre-commit',
    refused: ['protected sub/.GIT/Hooks/pre-commit'],
  },
  {
    what: 'hooks inside a new directory',
    session: 'mkdir -p n/m/.git/hooks; echo x > n/m/.git/hooks/x',
    refused: ['protected n/m/.git/hooks/x'],
  },
  {
    what: 'hooks along with a renamed directory',
    session: 'mkdir sub; mv repo sub/.git',
    refused: ['protected sub/.git/hooks/pre-commit'],
  },
  {
    what: 'a further name of a plain file',
    session: 'ln plain .git/hooks/pre-commit',
    refused: ['protected .git/hooks/pre-commit'],
  },
  {
    what: 'a chain of links, each of which stays',
    session:
      'mkdir -p a/b; ln -s b a/c; ln -s a/c/../../../etc d; ln -s ../.. a/e; ln -s e a/f; ln -s f/etc a/g; ln -s a/f h',
    refused: ['outside-links a/e', 'outside-links d'],
  },
  {
    what: 'a link into the sessions',
    session: 'ln -s .openagentic/sessions/x/upper/tool run',
    refused: ['outside-links run'],
  },
  {
    what: 'a device and a FIFO',
    session: 'mkfifo pipe',
    root: 'mknod dev c 1 3',
    refused: ['devices dev', 'special pipe'],
  },
  {
    what: 'nothing of what the project has, there or under another name',
    session: 'touch -h far/away/etc; chmod 600 far/pipe; rm -r repo; chmod 700 bin',
    refused: [],
  },
]

describe.each(backends)('a commit of a $name session refuses', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'policy')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing()))

  const run = (at: string, script: string, user = backend.user): void =>
    void execFileSync('bash', ['-ec', script], { cwd: at, uid: user, gid: user })
  const open = async (session: string, root = ''): Promise<ScratchSession> => {
    const scratch = await openScratchSession({
      ports,
      backend,
      dir: `${top}/${count++}`,
      before: (at) => run(at, setup),
    })
    run(scratch.merged, session)
    await scratch.unmount()
    run(scratch.session.upper, root, 0)
    return scratch
  }
  const refusedBy = async ({ session }: ScratchSession, options: CommitOptions = {}): Promise<string[]> => {
    try {
      await commitSession(ports, session, { ...options, dryRun: true })
      return []
    } catch (error) {
      expect(error).toMatchObject({ code: 'COMMIT_REFUSED' })
      const { refusals } = (error as { details: { refusals: { kind: string; path: string }[] } }).details
      return refusals.map(({ kind, path }) => `${kind} ${path}`).sort()
    }
  }

  it.each(cases)('$what', async ({ session, root, refused }) => {
    const scratch = await open(session, root)
    const before = snapshotTree(ports.ops, scratch.project)
    expect(await refusedBy(scratch)).toEqual(refused)
    const { refusals } = await reviewSession(ports, scratch.session)
    expect(refusals.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual(refused)
    if (refused.length === 0) return
    await expect(commitSession(ports, scratch.session)).rejects.toMatchObject({ code: 'COMMIT_REFUSED' })
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(before)
  })

  it('what comes along with a path, and nothing that does not', async () => {
    const scratch = await open('ln plain .git/hooks/pre-commit; echo 1 > .gitmodules; echo 2 > free')
    expect(await refusedBy(scratch, { paths: [relPath('plain')] })).toEqual(['protected .git/hooks/pre-commit'])
    expect(await refusedBy(scratch, { paths: [relPath('free')] })).toEqual([])
  })

  it('a part of a protected file, and no part that is without the bit', async () => {
    const scratch = await open("sed -i 's/^3$/three/; s/^18$/x/' .envrc plain; chmod 4755 plain")
    const part = async (name: string): Promise<string[]> => {
      const patch = withoutHunk(await patchOf(ports, scratch.session, [name]), 0).replace(/^(old|new) mode .*\n/gm, '')
      return await refusedBy(scratch, { hunks: choiceOf(patch), git: gitPlace })
    }
    expect(await part('.envrc')).toEqual(['protected .envrc'])
    expect(await part('plain')).toEqual([])
    const hunks = { files: [], whole: [], attributes: [relPath('plain')] }
    expect(await refusedBy(scratch, { hunks, git: gitPlace })).toEqual(['setid plain'])
  })
})
