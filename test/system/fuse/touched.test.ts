import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { touchedHeaderSize, touchedName } from '../../../src/fingerprint/touched-format.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { need } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'
import { type TouchedCase, touchedCases } from './touched-cases.js'

const ports = systemPorts()

/** Longer than any tick of the clock that stamps files. */
const aWhile = 40

describe.each([
  ['root', 0, false],
  ['root, with marks of the kernel', 0, true],
  ['a plain user', accountUser, false],
] as const)('what a session of %s by FUSE was made of', (_who, uid, trusted) => {
  let user: SessionUser
  beforeAll(async () => {
    if (noFuse() === undefined) user = await startUser(uid)
  })
  afterAll(() => user?.stop())
  beforeEach((context) => need(context, noFuse()))

  /** Runs commands of all cases at once, each in a directory of its own. */
  const each = async (
    at: string,
    cases: readonly TouchedCase[],
    part: 'before' | 'session' | 'between' | 'later' | 'person',
  ): Promise<void> => {
    const lines = cases.map((one, index) => `(cd ${index} && { ${one[part] ?? ':'}; } >/dev/null) || exit`)
    const { status, stderr } = user.sh(`cd ${quoted(at)} || exit\n${lines.join('\n')}`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    await sleep(aWhile)
  }
  const begin = async (cases: readonly TouchedCase[]) => {
    const bed = makeBed(user)
    for (const index of cases.keys()) {
      user.sh(
        `cd ${quoted(bed.project)} && mkdir -p ${index}/d && cd ${index} && echo f >f && echo g >g && echo x >d/x && ln -s f l`,
      )
    }
    await sleep(aWhile)
    let { session } = await user.calls.create({ ...bed, backend: trusted ? 'kernel' : 'fuse' })
    const named = { ...bed, id: session.id }
    if (trusted) {
      await user.calls.unmount(named)
      ;({ session } = await user.calls.attach(named, { backend: 'fuse' }))
    }
    await each(bed.project, cases, 'before')
    await each(session.merged, cases, 'session')
    await each(bed.project, cases, 'between')
    await each(session.merged, cases, 'later')
    return { session, named, project: bed.project }
  }

  test('is known before anybody looks', async () => {
    const { session, named, project } = await begin(touchedCases)
    await each(project, touchedCases, 'person')
    const found = await conflictsOf(session, touchedCases.length)
    expect(touchedCases.map(({ name }, index) => [name, found[index]])).toEqual(
      touchedCases.map(({ name, conflicts, trusted: more }) => [name, (trusted ? more : undefined) ?? conflicts]),
    )
    // It is in the ledger by now.
    expect(await conflictsOf(session, touchedCases.length)).toEqual(found)
    await user.calls.unmount(named)
  })

  const some: TouchedCase[] = [
    { name: 'before', before: 'echo p >> f', session: 'echo 1 >> f', conflicts: [] },
    { name: 'after', session: 'echo 1 >> f', person: 'echo p >> f', conflicts: ['changed f'] },
  ]

  test('counts up to where it is damaged, and nothing of it makes the check bolder', async () => {
    const { session, named, project } = await begin(some)
    await each(project, some, 'person')
    const file = `${session.dir}/${touchedName}`
    const whole = readFileSync(file)
    const results: Record<string, string[][]> = {}
    const damage: Record<string, () => void> = {
      'not there': () => rmSync(file),
      'cut in its first line': () => writeFileSync(file, whole.subarray(0, touchedHeaderSize - 1)),
      zeros: () => writeFileSync(file, Buffer.alloc(whole.length)),
      'every line with one bit of its content changed': () =>
        writeFileSync(file, whole.toString('latin1').replaceAll('"base"', '"basf"'), 'latin1'),
      'read further than it is': () =>
        writeFileSync(file, Buffer.concat([Buffer.from('touched1 99999999999999\n'), whole.subarray(24)])),
    }
    for (const [name, make] of Object.entries(damage)) {
      make()
      results[name] = await conflictsOf(session, some.length)
    }
    if (!trusted) expect(results['not there']).toEqual([['changed f'], ['changed f']])
    for (const found of Object.values(results)) expect(found).toEqual(results['not there'])
    // The last line torn: the others count.
    writeFileSync(file, Buffer.concat([whole, whole.subarray(-40, -1)]))
    expect(await conflictsOf(session, some.length)).toEqual([[], ['changed f']])
    await user.calls.unmount(named)
  })

  test('is merged with what the person made of it, though nobody looked', async () => {
    const { session, named, project } = await begin([
      {
        name: 'both',
        before: 'seq 20 > f; seq 20 > g',
        session: "sed -i '2s/.*/session/' f; echo end >> g",
        conflicts: [],
      },
    ])
    user.sh(`cd ${quoted(project)}/0 && sed -i '18s/.*/person/' f && sed -i '1s/^/first /' g`)
    const { merged } = await commitSession(ports, session, { onConflict: 'merge' })
    expect(merged.map(({ path }) => path)).toEqual(['0/f', '0/g'])
    const lines = readFileSync(`${project}/0/f`, 'utf8').split('\n')
    expect([lines[1], lines[17]]).toEqual(['session', 'person'])
    expect(readFileSync(`${project}/0/g`, 'utf8')).toMatch(/^first 1\n2\n[\s\S]*\n20\nend\n$/)
    await user.calls.unmount(named)
  })

  test('is what the last change was made of, after one was dropped and after one was committed', async () => {
    const { session, named, project } = await begin(some.slice(0, 1))
    await user.calls.discardPaths(named, ['0/f' as RelPath])
    // The kernel may keep what it was told of the file for a second.
    await sleep(1000)
    const rounds: string[][][] = []
    for (const then of ['commit', 'edit']) {
      user.sh(`echo p >>${quoted(project)}/0/f`)
      await sleep(aWhile)
      user.sh(`echo 2 >>${quoted(session.merged)}/0/f`)
      rounds.push(await conflictsOf(session, 1))
      if (then === 'commit') await commitSession(ports, session)
    }
    expect(rounds).toEqual([[[]], [['changed f']]])
    await user.calls.unmount(named)
  })

  test('is kept by a server that is killed, and known to a session that goes on otherwise', async () => {
    const { session, named, project } = await begin(some)
    process.kill(session.record.holder?.pid as number, 'SIGKILL')
    await each(project, some, 'person')
    while ((await user.calls.state(named)).state !== 'detached') await sleep(20)
    const next = uid === 0 ? 'kernel' : 'fuse'
    const again = await user.calls.attach(named, { backend: next })
    user.sh(`cd ${quoted(again.session.merged)}/1 && echo 1 >> g`)
    await user.calls.unmount(named)
    expect(await conflictsOf(again.session, some.length)).toEqual([[], ['changed f']])
    const lines = readFileSync(`${session.dir}/${touchedName}`, 'latin1').trimEnd().split('\n')
    expect(lines.filter((line) => line.includes('"1/g"'))).toHaveLength(next === 'fuse' ? 1 : 0)
    expect(Number(lines[0]?.split(' ')[1])).toBe(lines.join('\n').length + 1)
  })
})

/** Of each case. */
async function conflictsOf(session: Parameters<typeof reviewSession>[1], count: number): Promise<string[][]> {
  const { conflicts } = await reviewSession(ports, session)
  return Array.from({ length: count }, (_, index) =>
    conflicts
      .filter(({ path }) => path.startsWith(`${index}/`))
      .map(({ reason, path }) => `${reason} ${path.slice(path.indexOf('/') + 1)}`),
  )
}
