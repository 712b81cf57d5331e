import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { need, noProgram } from '../../helpers/capability.js'
import { choiceOf, gitPlace, patchOf, withoutHunk } from '../../helpers/hunks.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  seq 1 40 > f; seq 1 40 > g; printf 'a\\r\\nb\\r\\n' > crlf; printf 'one\\ntwo' > open; : > empty; printf '\\0\\1' > bin; echo s > script
  ln -s f link; mkdir d gone; echo x > d/x; echo y > gone/y; echo z > gone/z; echo l > l1; ln l1 l2; printf 'q\\n' > "$(printf 'odd "\\377 n')"`

const session = `
  sed -i 's/^3$/three/; s/^30$/thirty/; $a 41' f; sed -i '1d' g; printf 'a\\r\\nB\\r\\n' > crlf; printf 'one\\n2' > open; echo full > empty
  printf '\\0\\2' > bin; chmod 755 script; echo 2 >> script; ln -sfn g link; rm -r gone; mkdir n; echo new > n/f; echo r >> "$(printf 'odd "\\377 n')"`

describe.each(backends)('hunks of a $name session', (backend) => {
  let top = ''
  let count = 0
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'hunks')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing() ?? noProgram('git')))

  const run = (at: string, script: string): string =>
    execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user, encoding: 'latin1' })
  const open = async (script = session): Promise<ScratchSession> => {
    const scratch = await openScratchSession({
      ports,
      backend,
      dir: `${top}/${count++}`,
      before: (project) => void run(project, setup),
    })
    run(scratch.merged, script)
    await scratch.unmount()
    return scratch
  }
  const commit = async (scratch: ScratchSession, patch: string, more = {}): Promise<string[]> => {
    const options = { hunks: choiceOf(patch), git: gitPlace, ...more }
    const { applied } = await commitSession(ports, scratch.session, options)
    return applied.map(({ kind, path }) => `${kind} ${path}`)
  }
  const pending = async ({ session: each }: ScratchSession): Promise<string[]> => {
    const { changeSet, conflicts } = await reviewSession(ports, each)
    expect(conflicts).toEqual([])
    return changeSet.changes.filter(({ wanted }) => wanted?.type !== 'dir').map(({ kind, path }) => `${kind} ${path}`)
  }

  it('takes one hunk, and shows the others as what is left', async () => {
    const scratch = await open()
    const patch = await patchOf(ports, scratch.session, ['f'])
    const before = Date.now()
    expect(await commit(scratch, withoutHunk(patch, 1))).toEqual(['modify f'])
    expect(run(scratch.project, 'diff f g || true')).toBe('3c3\n< three\n---\n> 3\n41d40\n< 41\n')
    expect(statSync(`${scratch.project}/f`).mtimeMs).toBeGreaterThan(before - 1000)
    expect(await pending(scratch)).toContain('modify f')
    const rest = await patchOf(ports, scratch.session, ['f'])
    expect(rest.match(/^[-+]\w.*$/gm)).toEqual(['-30', '+thirty'])
    expect(await commit(scratch, rest)).toEqual(['modify f'])
    expect(await pending(scratch)).not.toContain('modify f')
    expect((await scratch.snapshot()).get(relPath('f'))).toEqual(
      snapshotTree(ports.ops, scratch.project).get(relPath('f')),
    )
    if (existsSync(`${scratch.session.dir}/made`)) expect(readdirSync(`${scratch.session.dir}/made`)).toEqual([])
  })

  it('takes hunk after hunk until nothing is left', async () => {
    const scratch = await open()
    for (let round = 0; ; round += 1) {
      const patch = await patchOf(ports, scratch.session)
      if (patch === '') break
      expect(round).toBeLessThan(30)
      const [first = ''] = patch.split(/^(?=diff --git )/m)
      const [head = '', hunk = ''] = first.split(/^(?=@@ )/m)
      // Both halves of another type of entry go together.
      await commit(scratch, /^(deleted|new) file mode/m.test(first) ? patch : head + hunk)
    }
    await commitSession(ports, scratch.session)
    expect(await pending(scratch)).toEqual([])
    expect(contents(await scratch.snapshot())).toEqual(contents(snapshotTree(ports.ops, scratch.project)))
  })

  it('takes the whole patch for what it names', async () => {
    const scratch = await open()
    await commit(scratch, await patchOf(ports, scratch.session))
    expect(await pending(scratch)).toEqual([])
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(await scratch.snapshot())
  })

  it('takes lines out of a hunk', async () => {
    const scratch = await open("sed -i 's/^3$/three/; s/^4$/four/; 5a new' f")
    const patch = (await patchOf(ports, scratch.session)).replace('-4\n+three\n+four\n', '+three\n 4\n')
    await commit(scratch, patch)
    expect(run(scratch.project, 'head -6 f')).toBe('1\n2\nthree\n4\n5\nnew\n')
    expect((await patchOf(ports, scratch.session)).match(/^[-+]\w.*$/gm)).toEqual(['-4', '+four'])
  })

  it('takes a mode without the content, and the content without the mode', async () => {
    const scratch = await open()
    const patch = await patchOf(ports, scratch.session, ['script'])
    const [head = ''] = patch.split(/^index /m)
    expect(await commit(scratch, head)).toEqual(['metadata script'])
    expect(run(scratch.project, 'cat script; test -x script')).toBe('s\n')
    const other = await open()
    await commit(other, (await patchOf(ports, other.session, ['script'])).replace(/^(old|new) mode .*\n/gm, ''))
    expect(run(other.project, 'cat script; test ! -x script')).toBe('s\n2\n')
    expect(await pending(other)).toContain('metadata script')
  })

  it('takes attributes and whole changes that a patch cannot name', async () => {
    const scratch = await open('chmod 700 f; echo 41 >> f; mkdir -m 700 e; chmod 700 d; touch -d 2001-01-01 g')
    const hunks = { files: [], whole: [relPath('d'), relPath('g')], attributes: [relPath('f')] }
    await commitSession(ports, scratch.session, { hunks, git: gitPlace })
    expect(run(scratch.project, 'stat -c %a f d; tail -1 f; ls -d e 2>&1 || true')).toContain('700\n700\n40\n')
    expect(statSync(`${scratch.project}/g`).mtime.getUTCFullYear()).toBeLessThan(2002)
    expect(await pending(scratch)).toEqual(['modify f'])
  })

  it('writes nothing in a dry run, and stays within paths', async () => {
    const scratch = await open()
    const before = snapshotTree(ports.ops, scratch.project)
    const patch = withoutHunk(await patchOf(ports, scratch.session, ['f', 'g']), 1)
    expect(await commit(scratch, patch, { dryRun: true })).toEqual(['modify f', 'modify g'])
    expect(existsSync(`${scratch.session.dir}/made`)).toBe(false)
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(before)
    expect(await commit(scratch, patch, { paths: [relPath('g')] })).toEqual(['modify g'])
    await expect(commit(scratch, patch, { paths: [relPath('d')] })).rejects.toMatchObject({ code: 'NO_SUCH_CHANGE' })
  })
})

function contents(tree: ReadonlyMap<string, { type: string; content: string; mode: string }>): unknown {
  return [...tree].map(([path, { type, content, mode }]) => [path, type, content, mode])
}
