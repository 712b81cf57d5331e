import { expect, test } from 'vitest'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted } from '../../helpers/session-user.js'
import type { ContractContext } from './contract.js'

/** What merged shows, and what it keeps from the project. */
export function viewContract({ backend, options, user }: ContractContext): void {
  test('shows the project', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const merged = quoted(session.merged)
    expect(user().sh(`cd ${merged} && cat file dir/two dir/deep/three link`).stdout).toBe('base\ntwo\nthree\nbase\n')
    expect(session.record.backend).toBe(backend.name)
  })

  test('keeps what is written from the project', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const before = user().sh(
      `cd ${quoted(bed.project)} && find . -path ./.openagentic -prune -o -print -exec stat -c %A%s%Y {} +`,
    )
    const done = user().sh(
      `cd ${quoted(session.merged)} && echo new >file && echo more >added && rm dir/two && mv dir/deep moved && chmod 600 added && cat moved/three`,
    )
    expect(done).toMatchObject({ status: 0, stdout: 'three\n' })
    const after = user().sh(
      `cd ${quoted(bed.project)} && find . -path ./.openagentic -prune -o -print -exec stat -c %A%s%Y {} +`,
    )
    expect(after.stdout).toBe(before.stdout)
    expect(user().sh(`cat ${quoted(session.upper)}/file`).stdout).toBe('new\n')
  })

  test('never shows .openagentic, and a walk of it meets no error', async () => {
    const bed = makeBed(user())
    await user().calls.create({ ...bed, ...options })
    const { session } = await user().calls.create({ ...bed, ...options })
    const walk = user().sh(
      `cd ${quoted(session.merged)} && find . -name '*openagentic*' -o -name nothing; find . -type f -exec cat {} +`,
    )
    expect(walk).toMatchObject({ status: 0, stderr: '' })
    expect(walk.stdout).not.toContain('openagentic')
    expect(user().sh(`ls ${quoted(session.merged)}/.openagentic`).stderr).toMatch(/No such file/)
  })

  test('does not show what is hidden, and moves no time stamp for it', async () => {
    const bed = makeBed(user())
    user().sh(
      `cd ${quoted(bed.project)} && echo key >.env && echo key >dir/deep/.env && mkdir secrets && echo s >secrets/s && touch -d 2001-02-03 dir dir/deep .`,
    )
    const { session } = await user().calls.create({ ...bed, ...options, hide: ['.env', '/secrets/'] })
    const inMerged = user().sh(`cd ${quoted(session.merged)} && find . | sort && stat -c %y dir dir/deep`)
    expect(inMerged.stdout).not.toMatch(/env|secrets/)
    expect(inMerged.stdout.match(/2001-02-03/g)).toHaveLength(2)
    expect(session.record.masks).toEqual(['.openagentic', '.env', 'dir/deep/.env', 'secrets'])
    expect(user().sh(`cat ${quoted(bed.project)}/.env`).stdout).toBe('key\n')
  })

  test('is mounted nosuid and nodev', async () => {
    const bed = makeBed(user())
    const { session } = await user().calls.create({ ...bed, ...options })
    const pid = session.record.holder?.pid
    const line = user().sh(
      `grep -E ' - (overlay|fuse.openagentic-overlay) openagentic-overlay ' /proc/${pid}/mountinfo | grep ${quoted(bed.top)}`,
    ).stdout
    expect(line.split(' ')[5]?.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
  })

  test('looks at its root like the project', async () => {
    const bed = makeBed(user())
    user().sh(`chmod 751 ${quoted(bed.project)}; setfattr -n user.note -v kept ${quoted(bed.project)}`)
    const { session } = await user().calls.create({ ...bed, ...options })
    const look = (path: string): string => user().sh(`stat -c '%a %u %g %Y' ${quoted(path)}/.`).stdout
    expect(look(session.merged)).toBe(look(bed.project))
    expect(user().sh(`getfattr --only-values -n user.note ${quoted(session.merged)}/.`).stdout).toBe('kept')
  })
}
