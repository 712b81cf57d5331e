import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { changed, listing, useMergeBed } from '../../helpers/merge-bed.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

describe.each(backends)('a merge with conflicts in a $name session', (backend) => {
  const bed = useMergeBed(ports, backend)

  it('changes nothing when one of them does not merge, and says where the versions are', async () => {
    bed.session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g; echo new > n`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    const before = listing(bed.scratch.project)
    const error = await bed.merge().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'COMMIT_CONFLICT',
      path: 'g',
      details: { conflicts: [{ path: 'g' }], unmerged: [{ path: 'g', why: 'lines' }] },
    })
    expect(listing(bed.scratch.project)).toBe(before)
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
    expect(readFileSync(`${bed.scratch.session.dir}/conflicts/index.jsonl`, 'utf8')).toBe('{"dir":"0","path":"g"}\n')
    expect(await bed.look()).toEqual(['f', 'g', 'n'])
    // The person gives in; the versions go.
    bed.person(`sed -i '3s/.*/line 3/' g`)
    await bed.merge()
    expect([bed.project('f'), bed.project('g')]).toEqual([
      changed([2, 'session'], [18, 'person']),
      changed([3, 'ours']),
    ])
    expect(existsSync(`${bed.scratch.session.dir}/conflicts`)).toBe(false)
  })

  it('tells in a dry run what would merge, and writes nothing', async () => {
    bed.session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    const before = [listing(bed.scratch.project), readdirSync(bed.scratch.session.dir).sort()]
    const summary = await bed.merge({ dryRun: true })
    expect(summary.merged.map(({ path }) => path)).toEqual(['f'])
    expect(summary.unmerged).toMatchObject([{ path: 'g', why: 'lines', base: undefined }])
    expect(summary.applied.map(({ path }) => path)).toEqual(['f'])
    expect(summary.pending.map(({ path }) => path)).toEqual(['g'])
    expect([listing(bed.scratch.project), readdirSync(bed.scratch.session.dir).sort()]).toEqual(before)
  })

  it('merges paths that are asked for, and leaves the others alone', async () => {
    bed.session(`sed -i '2s/.*/session/' f; sed -i '3s/.*/ours/' g`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f; sed -i '3s/.*/theirs/' g`)
    await bed.merge({ paths: ['f' as never] })
    expect(bed.project('f')).toBe(changed([2, 'session'], [18, 'person']))
    expect(bed.project('g')).toBe(changed([3, 'theirs']))
    expect(await bed.look()).toEqual(['g'])
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
    bed.session(ours)
    await bed.look()
    bed.person(theirs)
    const before = listing(bed.scratch.project)
    await expect(bed.merge()).rejects.toMatchObject({ code: 'COMMIT_CONFLICT', details: { unmerged: [{ path, why }] } })
    expect(listing(bed.scratch.project)).toBe(before)
  })

  it('leaves a conflict where nobody looked before the person’s edit', async () => {
    bed.session(`sed -i '2s/.*/session/' f; echo s >> g`)
    bed.person(`sed -i '18s/.*/person/' f; sed -i 1d g`)
    const unmerged = [
      { path: 'f', why: 'no-base' },
      { path: 'g', why: 'no-base' },
    ]
    await expect(bed.merge()).rejects.toMatchObject({ details: { unmerged } })
  })

  it('notices a save between the merge and the exchange', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    let saved = false
    const { ops } = watchedOps(ports.ops, (_, name, args) => {
      if (saved || name !== 'rename' || args[4] !== 'exchange') return
      saved = true
      bed.person(`sed -i '10s/.*/late/' f`)
    })
    const commit = commitSession({ ...ports, ops: ops as FileOps }, bed.scratch.session, { onConflict: 'merge' })
    await expect(commit).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    expect(saved).toBe(true)
    expect(bed.project('f')).toBe(changed([10, 'late'], [18, 'person']))
    await bed.merge()
    expect(bed.project('f')).toBe(changed([2, 'session'], [10, 'late'], [18, 'person']))
  })

  it('commits what was shown, or says that it moved', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    const reviewed = await reviewSession(ports, bed.scratch.session)
    bed.person(`sed -i '10s/.*/late/' f`)
    await expect(bed.merge({ reviewed })).rejects.toMatchObject({ code: 'COMMIT_MOVED' })
    await bed.merge({ reviewed: await reviewSession(ports, bed.scratch.session) })
    expect(bed.project('f')).toBe(changed([2, 'session'], [10, 'late'], [18, 'person']))
  })

  it('says that git is missing, and changes nothing', async () => {
    bed.session(`sed -i '2s/.*/session/' f`)
    await bed.look()
    bed.person(`sed -i '18s/.*/person/' f`)
    const before = listing(bed.scratch.project)
    const nowhere = { path: '/nonexistent', tempDir: '/tmp' as never }
    await expect(bed.merge({ git: nowhere })).rejects.toMatchObject({ code: 'GIT_MISSING' })
    expect(listing(bed.scratch.project)).toBe(before)
    expect(existsSync(`${bed.scratch.session.dir}/made`)).toBe(false)
  })
})
