import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { need, noRoot } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/holder.js'
import { makeBed, type SessionBed } from '../../helpers/session-bed.js'
import { quoted, type SessionUser, startUser } from '../../helpers/session-user.js'

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('as %s', (_, uid) => {
  let user: SessionUser
  beforeAll(async () => {
    if (noRoot() === undefined) user = await startUser(uid)
  })
  afterAll(() => user?.stop())
  beforeEach((context) => need(context, noRoot()))

  async function changed(
    script: string,
    hide: string[] = [],
  ): Promise<{ named: SessionBed & { id: string }; look: () => string }> {
    const bed = makeBed(user)
    user.sh(`cd ${quoted(bed.project)} && echo key >dir/.env`)
    const { session } = await user.calls.create({ ...bed, hide })
    user.sh(`cd ${quoted(session.merged)} || exit\n${script}`)
    const look = (): string => user.sh(`cd ${quoted(session.merged)} && grep -r . --include='*' . | sort`).stdout
    return { named: { ...bed, id: session.id }, look }
  }

  test('changes at the paths go, the others stay, and it is mounted again', async () => {
    const { named, look } = await changed(
      'echo new >file && echo more >added && rm dir/two && mkdir own && echo x >own/x',
    )
    await user.calls.discardPaths(named, ['file', 'dir/two', 'own'] as never)
    expect(look()).toBe('./added:more\n./dir/.env:key\n./dir/deep/three:three\n./dir/two:two\n./file:base\n')
    expect(await user.calls.state(named)).toMatchObject({ state: 'attached' })
  })

  test('a detached session stays detached', async () => {
    const { named, look } = await changed('echo new >file')
    await user.calls.unmount(named)
    await user.calls.discardPaths(named, ['file'] as never)
    expect(await user.calls.state(named)).toMatchObject({ state: 'detached' })
    await user.calls.attach(named)
    expect(look()).toContain('./file:base\n')
  })

  test('what is hidden stays hidden', async () => {
    const { named, look } = await changed('echo new >dir/two && echo mine >dir/.env', ['.env'])
    expect(look()).toContain('./dir/.env:mine')
    await user.calls.discardPaths(named, ['dir'] as never)
    expect(look()).toBe('./dir/deep/three:three\n./dir/two:two\n./file:base\n')
  })

  test('a directory that was deleted or replaced comes back as a whole', async () => {
    const { named, look } = await changed('rm -r dir && mkdir dir && echo own >dir/two')
    const part = await user.calls.discardPaths(named, ['dir/two'] as never).then(String, (reason) => reason)
    expect(part).toMatchObject({ code: 'PATH_INVALID', hint: 'Discard dir.' })
    await user.calls.discardPaths(named, ['dir'] as never)
    expect(look()).toContain('./dir/two:two\n')
  })

  test('a path without a change is refused before anything is done', async () => {
    const { named, look } = await changed('echo new >file')
    for (const path of ['dir', 'none', '.openagentic', '']) {
      await expect(user.calls.discardPaths(named, ['file', path] as never)).rejects.toMatchObject({
        code: 'NO_SUCH_CHANGE',
      })
    }
    expect(look()).toContain('./file:new\n')
  })
})
