import { expect, test } from 'vitest'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted } from '../../helpers/session-user.js'
import type { ContractContext } from './contract.js'

const names: readonly (readonly [string, string])[] = [
  ['a colon', 'a:b'],
  ['a comma', 'a,b'],
  ['a backslash', 'a\\b'],
  ['an octal escape', 'a\\040b'],
  ['an equals sign', 'upperdir=x'],
  ['spaces', ' a  b '],
  ['a line break and a tab', 'a\nb\tc'],
  ['quotes', `a'b"c`],
  ['bytes that are not UTF-8', 'a\xff\xfeb'],
  ['UTF-8', 'gr\xc3\xbc\xc3\x9fe'],
  ['a name of 255 bytes', 'n'.repeat(255)],
]

/** Any byte that a path may hold, in the project's path and below it. */
export function pathContract({ backend, options, user }: ContractContext): void {
  // fuse-native has names as text.
  const isText = (name: string): boolean => backend.binding !== 'fuse-native' || !name.includes('\xff')

  test.each(names.filter(([, name]) => isText(name)))('a project whose name has %s', async (_, name) => {
    const bed = makeBed(user(), { name })
    user().sh(`echo inside >${quoted(bed.project)}/${quoted(name)}`)
    const { session } = await user().calls.create({ ...bed, ...options, hide: ['dir'] })
    const merged = quoted(session.merged)
    expect(session.project).toBe(bed.project)
    expect(
      user().sh(
        `cd ${merged} && cat file ${quoted(name)} && echo new >${quoted(name)} && find . -maxdepth 1 -exec printf x \\;`,
      ),
    ).toMatchObject({
      stdout: 'base\ninside\nxxxx',
      stderr: '',
    })
    expect(user().sh(`cat ${quoted(session.upper)}/${quoted(name)}`).stdout).toBe('new\n')
    const named = { ...bed, id: session.id }
    expect(await user().calls.state(named)).toMatchObject({ state: 'attached' })
    expect(await user().calls.unmount(named)).toMatchObject({ wasMounted: true })
    const again = await user().calls.attach(named)
    expect(user().sh(`cat ${quoted(again.session.merged)}/${quoted(name)}`).stdout).toBe('new\n')
    await user().calls.discard(named)
    expect(user().sh(`ls -A ${quoted(bed.project)}`).stdout).not.toContain('openagentic')
  })

  test.each(names.filter(([, name]) => !isText(name)))('%s in the path of the project alone', async (_, name) => {
    const bed = makeBed(user(), { name })
    const { session } = await user().calls.create({ ...bed, ...options })
    expect(user().sh(`cat ${quoted(session.merged)}/file`).stdout).toBe('base\n')
    const inside = user().sh(`echo x >${quoted(bed.project)}/dir/${quoted(name)}; ls ${quoted(session.merged)}/dir`)
    expect(inside).toMatchObject({ stdout: '', stderr: expect.stringContaining('Invalid or incomplete multibyte') })
    await user().calls.discard({ ...bed, id: session.id })
  })

  test('a path near PATH_MAX', async () => {
    const deep = Array.from({ length: 14 }, (_, index) => `${index}`.padEnd(250, 'd')).join('/')
    const bed = makeBed(user())
    const project = `${bed.project}/${deep}` as typeof bed.project
    user().sh(`mkdir -p ${quoted(project)} && echo far >${quoted(project)}/far`)
    const { session } = await user().calls.create({ ...bed, project, ...options })
    expect(user().sh(`cat ${quoted(session.merged)}/far`).stdout).toBe('far\n')
  })
}
