import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { changed, useMergeBed } from '../../helpers/merge-bed.js'
import { allBackends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

describe.each(allBackends)('--on-conflict merge in a $name session', (backend) => {
  const bed = useMergeBed(ports, backend)
  const stat = (format: string, name: string): string =>
    execFileSync('stat', ['-c', format, `${bed.scratch.project}/${name}`], { encoding: 'utf8' }).trim()

  it('merges edits of different lines', async () => {
    bed.session(`sed -i '2s/.*/session/' f; echo new > n`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    const summary = await bed.merge()
    expect(bed.project('f')).toBe(changed([2, 'session'], [18, 'person']))
    expect(bed.project('n')).toBe('new\n')
    expect(summary.merged.map(({ path }) => path)).toEqual(['f'])
    expect(summary.applied.map(({ path }) => path)).toEqual(['f', 'n'])
    expect(summary.conflicts).toHaveLength(1)
    expect(await bed.look()).toEqual([])
    expect(existsSync(`${bed.scratch.session.dir}/made`)).toBe(false)
    expect(existsSync(`${bed.scratch.session.dir}/conflicts`)).toBe(false)
  })

  it('lets the person’s lines survive a second and a third merge', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    await bed.merge()
    // The session still shows its own version, without the person's line.
    bed.session(`sed -i '2s/.*/session again/; 5s/.*/more/' f`)
    const { conflicts } = await reviewSession(ports, bed.scratch.session)
    expect(conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['changed f'])
    await expect(commitSession(ports, bed.scratch.session)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    await bed.merge()
    expect(bed.project('f')).toBe(changed([2, 'session again'], [5, 'more'], [18, 'person']))
    bed.person(`sed -i '10s/.*/person too/' f`)
    bed.session(`echo end >> f`)
    await bed.merge()
    expect(bed.project('f')).toBe(
      `${changed([2, 'session again'], [5, 'more'], [10, 'person too'], [18, 'person'])}end\n`,
    )
    expect(await bed.look()).toEqual([])
  })

  it('merges with the person’s edit of what was committed, though nobody looked since', async () => {
    bed.session(`sed -i '2s/.*/session/' f; echo 1 > n`)
    await commitSession(ports, bed.scratch.session)
    bed.person(`sed -i '18s/.*/person/' f; echo person > n`)
    bed.session(`sed -i '2s/.*/session again/' f; echo 2 > n`)
    await expect(bed.merge()).rejects.toMatchObject({ details: { unmerged: [{ path: 'n', why: 'lines' }] } })
    bed.person(`echo 1 > n`)
    await bed.merge()
    expect([bed.project('f'), bed.project('n')]).toEqual([changed([2, 'session again'], [18, 'person']), '2\n'])
  })

  it('keeps what the person took back of the session’s work', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    await bed.merge()
    bed.person(`sed -i '2s/.*/line 2/' f`)
    bed.session(`sed -i '6s/.*/later/' f`)
    await bed.merge()
    expect(bed.project('f')).toBe(changed([6, 'later'], [18, 'person']))
  })

  it('is pending again after an undo, and merges again', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    await bed.merge()
    await undoCommit(ports, bed.scratch.session)
    expect(bed.project('f')).toBe(changed([18, 'person']))
    const { conflicts } = await reviewSession(ports, bed.scratch.session)
    expect(conflicts.map(({ path, reason }) => `${reason} ${path}`)).toEqual(['changed f'])
    await bed.merge()
    expect(bed.project('f')).toBe(changed([2, 'session'], [18, 'person']))
  })

  it('has nothing to do where the project has all of the session’s lines', async () => {
    bed.session(`sed -i '2s/.*/same/' f`)
    await bed.look()
    bed.person(`sed -i '2s/.*/same/; 18s/.*/person/' f`)
    const ino = stat('%i %Y', 'f')
    const summary = await bed.merge()
    expect([summary.applied, summary.dropped.map(({ path }) => path)]).toEqual([[], ['f']])
    expect(stat('%i %Y', 'f')).toBe(ino)
    expect(await bed.look()).toEqual([])
    bed.session(`sed -i '2s/.*/other/' f`)
    await bed.merge()
    expect(bed.project('f')).toBe(changed([2, 'other'], [18, 'person']))
  })

  it.each([
    ['a mode of the session', `chmod 755 f`, `echo p >> f`, '755'],
    ['a mode of the person', `echo s >> f`, `chmod 600 f`, '600'],
    ['a mode of each, alike', `chmod 700 f; echo s >> f`, `chmod 700 f`, '700'],
  ])('merges %s', async (_, ours, theirs, mode) => {
    bed.session(ours)
    await bed.look()
    bed.person(theirs)
    await bed.merge()
    expect(stat('%a', 'f')).toBe(mode)
    const tail = [ours, theirs].flatMap((script) => /echo (.)/.exec(script)?.[1] ?? [])
    expect(bed.project('f')).toBe(changed() + tail.map((line) => `${line}\n`).join(''))
    expect(await bed.look()).toEqual([])
  })

  it('takes the person’s mode of a binary that only the session changed', async () => {
    bed.session(`printf x >> bin`)
    await bed.look()
    bed.person(`chmod 600 bin`)
    await bed.merge()
    expect([stat('%a', 'bin'), bed.project('bin').length]).toEqual(['600', 3001])
  })

  it.each([{ close: false }, { close: true }])('merges attributes; closes the session: $close', async (options) => {
    bed.session('printf x >> bin; setfattr -n user.kind -v session e')
    await bed.look()
    bed.person('setfattr -n user.kind -v person bin; printf x >> e')
    await bed.merge(options)
    const values = execFileSync('getfattr', ['--only-values', '-n', 'user.kind', 'bin', 'e'], {
      cwd: bed.scratch.project,
    })
    expect(values.toString()).toBe('personsession')
    expect([bed.project('bin').length, bed.project('e').at(-1)]).toEqual([3001, 'x'])
  })

  it('keeps bytes: CRLF, no newline at the end, no UTF-8', async () => {
    bed.session(`printf '\\377A\\r\\nb\\r\\nc\\r\\nd\\r\\ne' > e`)
    await bed.look()
    bed.person(`printf '\\377a\\r\\nb\\r\\nc\\r\\nd\\r\\nE' > e`)
    await bed.merge()
    expect(bed.project('e')).toBe('\xffA\r\nb\r\nc\r\nd\r\nE')
  })
})
