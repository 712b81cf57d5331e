import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need, noProgram } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { choiceOf, gitPlace, patchOf, withoutHunk } from '../../helpers/hunks.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'
import { snapshotTree } from '../../helpers/tree.js'

const ports = systemPorts()

const setup = `
  seq 1 20 > f; printf '\\0\\1' > bin; ln -s f link; mkdir gone gone/sub; echo y > gone/y; echo z > gone/sub/z; seq 1 20 > l1; ln l1 l2; echo t > type; echo m > moved; echo k > kept; mkdir dir; echo i > dir/in; : > empty`
const session = `
  sed -i 's/^3$/three/; s/^18$/eighteen/' f; printf '\\0\\2' > bin; ln -sfn kept link; rm -r gone; rm l1 l2; seq 2 21 > l1; ln l1 l2
  rm type; ln -s f type; mv moved away; rm -r dir; mkdir dir; echo j > dir/in; echo r > dir/new; mkfifo pipe; chmod 755 kept; rm empty`

describe.each(backends)('a patch for a $name session', (backend) => {
  let top = ''
  let scratch: ScratchSession
  let patch = ''
  let tree: unknown
  beforeAll(async () => {
    if (backend.missing() !== undefined) return
    top = makeTop(backend, 'reject')
    scratch = await openScratchSession({ ports, backend, dir: `${top}/1`, before: (at) => run(at, setup) })
    run(scratch.merged, session)
    await scratch.unmount()
    patch = await patchOf(ports, scratch.session)
    tree = snapshotTree(ports.ops, scratch.project)
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach((context) => need(context, backend.missing() ?? noProgram('git')))

  const run = (at: string, script: string): void =>
    void execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
  /** The files of the patch whose first line holds one of the names. */
  const only = (...names: string[]): string =>
    patch
      .split(/^(?=diff --git )/m)
      .filter((file) => names.some((name) => file.startsWith(`diff --git a/${name} b/`)))
      .join('')

  const cases: readonly [what: string, make: () => string, path: string, hunk: number | null, why: string][] = [
    ['a line that the session did not add', () => only('f').replace('+three', '+four'), 'f', 1, 'added no such line'],
    ['a line that it did not remove', () => only('f').replace(/^ 4$/m, '-4'), 'f', 1, 'removed no such line'],
    ['a line of another hunk', () => only('f').replace('+eighteen', '+three'), 'f', 2, 'added no such line'],
    ['old lines that are others', () => only('f').replace('-18', '-17'), 'f', 2, 'is another'],
    ['a hunk elsewhere', () => only('f').replace('@@ -15,', '@@ -14,'), 'f', 2, 'is another'],
    ['a file that did not change', () => only('f').replaceAll('/f', '/nope'), 'nope', null, 'no such file'],
    ['a file that the session left alone', () => only('f').replaceAll(/(?<=[ab]\/)f/g, 'kept'), 'kept', 1, ''],
    ['a file twice', () => only('f') + only('f'), 'f', null, 'twice'],
    ['a part of a linked file', () => withoutHunk(only('l1', 'l2'), 0), 'l1', null, 'as a whole'],
    ['one of two names of a file', () => only('l1'), 'l1', null, 'goes together with l2'],
    ['half a change of type', () => only('type').split(/^(?=diff)/m)[0] ?? '', 'type', null, ''],
    ['a part of a removed directory', () => only('gone/y'), 'gone/sub/z', null, 'as a whole'],
    ['another target', () => only('link').replace('+kept', '+away'), 'link', null, 'another content'],
    [
      'another binary content',
      () => only('bin').replace(/\.\.[0-9a-f]{40}/, `..${'1'.repeat(40)}`),
      'bin',
      null,
      'another content',
    ],
    [
      'a binary file that is another by now',
      () => only('bin').replace(/index [0-9a-f]{40}/, `index ${'1'.repeat(40)}`),
      'bin',
      null,
      'another content',
    ],
    [
      'another mode',
      () => only('f').replace(/^index/m, 'old mode 100644\nnew mode 100755\nindex'),
      'f',
      null,
      'another mode',
    ],
    [
      'a mode that the file has not',
      () => only('kept').replace('old mode 100644', 'old mode 120000'),
      'kept',
      null,
      'has mode 100644',
    ],
    ['a deletion that the session did not make', () => deletion('f', '100644'), 'f', null, ''],
    ['a new file with another content', () => only('dir/new').replace('+r', '+s'), 'dir/new', null, 'another content'],
    [
      'a new file with another mode',
      () => only('dir/new').replace('mode 100644', 'mode 100755'),
      'dir/new',
      null,
      'another mode',
    ],
    ['a FIFO', () => only('dir/new').replaceAll('dir/new', 'pipe'), 'pipe', null, 'no file there'],
    [
      'a file deleted in part',
      () => only('gone/y').replace('@@ -1 +0,0 @@\n-y\n', '@@ -0,0 +0,0 @@\n'),
      'gone/y',
      null,
      'more lines',
    ],
  ]
  it.each(cases)('is refused for %s', async (_what, make, path, hunk, why) => {
    await expect(
      commitSession(ports, scratch.session, { hunks: choiceOf(make()), git: gitPlace }),
    ).rejects.toMatchObject({
      code: 'PATCH_REJECTED',
      details: { path, hunk },
      message: expect.stringContaining(why),
    })
    expect(snapshotTree(ports.ops, scratch.project)).toEqual(tree)
  })

  it.each([
    ['a rename', ['moved', 'away'], ['create away', 'delete moved']],
    ['a linked file, whole', ['l1', 'l2'], ['modify l1', 'modify l2']],
    ['a change of type', ['type'], ['type type']],
    ['a removed directory', ['gone/y', 'gone/sub/z'], ['delete gone']],
    ['a file below a directory made anew', ['dir/new'], ['create dir/new']],
    ['a binary file', ['bin'], ['modify bin']],
    ['a mode', ['kept'], ['metadata kept']],
    ['the deletion of an empty file', ['empty'], ['delete empty']],
    ['a target', ['link'], ['modify link']],
  ])('takes %s', async (_what, names, applied) => {
    const options = { hunks: choiceOf(only(...names)), git: gitPlace, dryRun: true }
    const summary = await commitSession(ports, scratch.session, options)
    // The kernel's mount says of a moved file where it was.
    const words = summary.applied.map(({ kind, path }) => `${kind} ${path}`.replace('rename', 'create'))
    expect(words).toEqual(applied)
  })

  it('takes no hunk of a file that the person saved while it was chosen', async () => {
    let saved = false
    const { ops } = watchedOps(ports.ops, (_call, name) => {
      if (name !== 'syncFs' || saved) return
      saved = true
      writeFileSync(`${scratch.project}/f`, 'person\n')
    })
    const options = { hunks: choiceOf(withoutHunk(only('f'), 0)), git: gitPlace }
    await expect(commitSession({ ...ports, ops }, scratch.session, options)).rejects.toMatchObject({
      code: 'COMMIT_CONFLICT',
    })
    expect(snapshotTree(ports.ops, scratch.project).get('f' as never)).toMatchObject({ size: 7 })
  })
})

function deletion(name: string, mode: string): string {
  const lines = Array.from({ length: 20 }, (_, at) => `-${at + 1}\n`).join('')
  return `diff --git a/${name} b/${name}\ndeleted file mode ${mode}\n--- a/${name}\n+++ /dev/null\n@@ -1,20 +0,0 @@\n${lines}`
}
