import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import type { CommitSummary } from '../../../src/commit/types.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { need } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makeTop, openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()
const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n')

describe.each(backends)('--on-conflict merge in a $name session', (backend) => {
  let top = ''
  let count = 0
  let scratch: ScratchSession
  beforeAll(() => {
    if (backend.missing() === undefined) top = makeTop(backend, 'merge')
  })
  afterAll(() => rmSync(top, { recursive: true, force: true }))
  beforeEach(async (context) => {
    need(context, backend.missing())
    const before = (project: string): void => {
      run(
        project,
        `printf '%s\\n' '${lines}' > f; cp f g; head -c 3000 /dev/urandom > bin; printf '\\377a\\r\\nb\\r\\nc\\r\\nd\\r\\ne' > e; ln -s f l; chmod 644 f g bin`,
      )
    }
    count += 1
    scratch = await openScratchSession({ ports, backend, dir: `${top}/${count}`, before })
    return () => scratch.unmount()
  })

  const run = (at: string, script: string): void => {
    execFileSync('sh', ['-ec', `umask 022; ${script}`], { cwd: at, uid: backend.user, gid: backend.user })
  }
  const session = (script: string): void => run(scratch.merged, script)
  const person = (script: string): void => run(scratch.project, script)
  const look = async (): Promise<string[]> =>
    (await reviewSession(ports, scratch.session)).changeSet.changes.map(({ path }) => path)
  const merge = (options: Partial<Parameters<typeof commitSession>[2]> = {}): Promise<CommitSummary> =>
    commitSession(ports, scratch.session, { onConflict: 'merge', ...options })
  const project = (name: string): string => readFileSync(`${scratch.project}/${name}`, 'latin1')
  const changed = (...edits: readonly (readonly [line: number, text: string])[]): string =>
    `${lines
      .split('\n')
      .map((line, index) => edits.find(([number]) => number === index + 1)?.[1] ?? line)
      .join('\n')}\n`
  const modeOf = (name: string): string =>
    execFileSync('stat', ['-c', '%a', `${scratch.project}/${name}`], { encoding: 'utf8' }).trim()

  it('merges edits of different lines', async () => {
    session(`sed -i '2s/.*/session/' f; echo new > n`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    const summary = await merge()
    expect(project('f')).toBe(changed([2, 'session'], [18, 'person']))
    expect(project('n')).toBe('new\n')
    expect(summary.merged.map(({ path }) => path)).toEqual(['f'])
    expect(summary.applied.map(({ path }) => path)).toEqual(['f', 'n'])
    expect(summary.conflicts).toHaveLength(1)
    expect(await look()).toEqual([])
    expect(existsSync(`${scratch.session.dir}/made`)).toBe(false)
    expect(existsSync(`${scratch.session.dir}/conflicts`)).toBe(false)
  })

  it('lets the person’s lines survive a second and a third merge', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    await merge()
    // The session still shows its own version, without the person's line.
    session(`sed -i '2s/.*/session again/; 5s/.*/more/' f`)
    const { conflicts } = await reviewSession(ports, scratch.session)
    expect(conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['changed f'])
    await expect(commitSession(ports, scratch.session)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    await merge()
    expect(project('f')).toBe(changed([2, 'session again'], [5, 'more'], [18, 'person']))
    person(`sed -i '10s/.*/person too/' f`)
    session(`echo end >> f`)
    await merge()
    expect(project('f')).toBe(`${changed([2, 'session again'], [5, 'more'], [10, 'person too'], [18, 'person'])}end\n`)
    expect(await look()).toEqual([])
  })

  it('keeps what the person took back of the session’s work', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    await merge()
    person(`sed -i '2s/.*/line 2/' f`)
    session(`sed -i '6s/.*/later/' f`)
    await merge()
    expect(project('f')).toBe(changed([6, 'later'], [18, 'person']))
  })

  it('is pending again after an undo, and merges again', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    await merge()
    await undoCommit(ports, scratch.session)
    expect(project('f')).toBe(changed([18, 'person']))
    const { conflicts } = await reviewSession(ports, scratch.session)
    expect(conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['changed f'])
    await merge()
    expect(project('f')).toBe(changed([2, 'session'], [18, 'person']))
  })

  it('changes nothing when one of them does not merge, and says where the versions are', async () => {
    session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g; echo new > n`)
    await look()
    person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    const before = listing(scratch.project)
    const error = await merge().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'COMMIT_CONFLICT',
      path: 'g',
      details: { conflicts: [{ path: 'g' }], unmerged: [{ path: 'g', why: 'lines' }] },
    })
    expect(listing(scratch.project)).toBe(before)
    const [versions] = (error as { details: { unmerged: Record<string, string>[] } }).details.unmerged
    const read = (name: string): string => readFileSync(versions?.[name] as string, 'utf8')
    expect(read('base')).toBe(changed())
    expect(read('ours')).toBe(changed([3, 'ours']))
    expect(read('theirs')).toBe(changed([3, 'theirs']))
    expect(read('merged')).toBe(
      changed([
        3,
        '<<<<<<< ours: the session\nours\n||||||| base: what it built upon\nline 3\n=======\ntheirs\n>>>>>>> theirs: the project',
      ]),
    )
    expect(readFileSync(`${scratch.session.dir}/conflicts/index.jsonl`, 'utf8')).toBe('{"dir":"0","path":"g"}\n')
    expect(await look()).toEqual(['f', 'g', 'n'])
    // The person gives in; the versions go.
    person(`sed -i '3s/.*/line 3/' g`)
    await merge()
    expect([project('f'), project('g')]).toEqual([changed([2, 'session'], [18, 'person']), changed([3, 'ours'])])
    expect(existsSync(`${scratch.session.dir}/conflicts`)).toBe(false)
  })

  it('tells in a dry run what would merge, and writes nothing', async () => {
    session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g`)
    await look()
    person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    const before = [listing(scratch.project), readdirSync(scratch.session.dir).sort()]
    const summary = await merge({ dryRun: true })
    expect(summary.merged.map(({ path }) => path)).toEqual(['f'])
    expect(summary.unmerged).toMatchObject([{ path: 'g', why: 'lines', base: undefined }])
    expect(summary.applied.map(({ path }) => path)).toEqual(['f'])
    expect(summary.pending.map(({ path }) => path)).toEqual(['g'])
    expect([listing(scratch.project), readdirSync(scratch.session.dir).sort()]).toEqual(before)
  })

  it('merges paths that are asked for, and leaves the others alone', async () => {
    session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g`)
    await look()
    person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    await merge({ paths: ['f' as never] })
    expect(project('f')).toBe(changed([2, 'session'], [18, 'person']))
    expect(project('g')).toBe(changed([3, 'theirs']))
    expect(await look()).toEqual(['g'])
  })

  it('has nothing to do where the project has all of the session’s lines', async () => {
    session(`sed -i '2s/.*/same/' f`)
    await look()
    person(`sed -i '2s/.*/same/; 18s/.*/person/' f`)
    const ino = execFileSync('stat', ['-c', '%i %Y', `${scratch.project}/f`], { encoding: 'utf8' })
    const summary = await merge()
    expect([summary.applied, summary.dropped.map(({ path }) => path)]).toEqual([[], ['f']])
    expect(execFileSync('stat', ['-c', '%i %Y', `${scratch.project}/f`], { encoding: 'utf8' })).toBe(ino)
    expect(await look()).toEqual([])
    session(`sed -i '2s/.*/other/' f`)
    await merge()
    expect(project('f')).toBe(changed([2, 'other'], [18, 'person']))
  })

  it.each([
    ['a mode of the session', `chmod 755 f`, `echo p >> f`, '755'],
    ['a mode of the person', `echo s >> f`, `chmod 600 f`, '600'],
    ['a mode of each, alike', `chmod 700 f; echo s >> f`, `chmod 700 f`, '700'],
  ])('merges %s', async (_, ours, theirs, mode) => {
    session(ours)
    await look()
    person(theirs)
    await merge()
    expect(modeOf('f')).toBe(mode)
    const tail = [ours, theirs].flatMap((script) => /echo (.)/.exec(script)?.[1] ?? [])
    expect(project('f')).toBe(changed() + tail.map((line) => `${line}\n`).join(''))
    expect(await look()).toEqual([])
  })

  it('takes the person’s mode of a binary that only the session changed', async () => {
    session(`printf x >> bin`)
    await look()
    person(`chmod 600 bin`)
    await merge()
    expect([modeOf('bin'), project('bin').length]).toEqual(['600', 3001])
  })

  it.each([
    ['lines', `echo s >> f`, `echo p >> f`, 'f'],
    ['properties', `chmod 755 f`, `chmod 600 f`, 'f'],
    ['binary', `printf s >> bin`, `printf p >> bin`, 'bin'],
    ['no-file', `ln -sfn g l`, `ln -sfn bin l`, 'l'],
    ['no-file', `rm f`, `echo p >> f`, 'f'],
    ['no-file', `echo s >> f`, `rm f`, 'f'],
    ['no-base', `echo s > new`, `echo p > new`, 'new'],
    ['links', `ln f f2; echo s >> f`, `echo p >> g; sed -i 1d f`, 'f'],
  ])('leaves a conflict: %s', async (why, ours, theirs, path) => {
    session(ours)
    await look()
    person(theirs)
    const before = listing(scratch.project)
    await expect(merge()).rejects.toMatchObject({ code: 'COMMIT_CONFLICT', details: { unmerged: [{ path, why }] } })
    expect(listing(scratch.project)).toBe(before)
  })

  it('leaves a conflict where nobody looked before the person’s edit', async () => {
    session(`sed -i '2s/.*/session/' f; echo s >> g`)
    person(`sed -i '18s/.*/person/' f; sed -i 1d g`)
    const unmerged = [
      { path: 'f', why: 'no-base' },
      { path: 'g', why: 'no-base' },
    ]
    await expect(merge()).rejects.toMatchObject({ details: { unmerged } })
  })

  it('keeps bytes: CRLF, no newline at the end, no UTF-8', async () => {
    session(`printf '\\377A\\r\\nb\\r\\nc\\r\\nd\\r\\ne' > e`)
    await look()
    person(`printf '\\377a\\r\\nb\\r\\nc\\r\\nd\\r\\nE' > e`)
    await merge()
    expect(project('e')).toBe('\xffA\r\nb\r\nc\r\nd\r\nE')
  })

  it('notices a save between the merge and the exchange', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    let saved = false
    const { ops } = watchedOps(ports.ops, (_, name, args) => {
      if (saved || name !== 'rename' || args[4] !== 'exchange') return
      saved = true
      person(`sed -i '10s/.*/late/' f`)
    })
    const commit = commitSession({ ...ports, ops: ops as FileOps }, scratch.session, { onConflict: 'merge' })
    await expect(commit).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    expect(saved).toBe(true)
    expect(project('f')).toBe(changed([10, 'late'], [18, 'person']))
    await merge()
    expect(project('f')).toBe(changed([2, 'session'], [10, 'late'], [18, 'person']))
  })

  it('commits what was shown, or says that it moved', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    const reviewed = await reviewSession(ports, scratch.session)
    person(`sed -i '10s/.*/late/' f`)
    await expect(merge({ reviewed })).rejects.toMatchObject({ code: 'COMMIT_MOVED' })
    await merge({ reviewed: await reviewSession(ports, scratch.session) })
    expect(project('f')).toBe(changed([2, 'session'], [10, 'late'], [18, 'person']))
  })

  it('says that git is missing, and changes nothing', async () => {
    session(`sed -i '2s/.*/session/' f`)
    await look()
    person(`sed -i '18s/.*/person/' f`)
    const before = listing(scratch.project)
    const nowhere = { path: '/nonexistent', tempDir: '/tmp' as never }
    await expect(merge({ git: nowhere })).rejects.toMatchObject({ code: 'GIT_MISSING' })
    expect(listing(scratch.project)).toBe(before)
    expect(existsSync(`${scratch.session.dir}/made`)).toBe(false)
  })
})

function listing(at: string): string {
  return execFileSync(
    'sh',
    ['-c', 'find . -printf "%p %y %m %s %T@ %l\\n" | sort; find . -type f -exec sha256sum {} + | sort'],
    { cwd: at, encoding: 'utf8' },
  )
}
