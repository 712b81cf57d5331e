import { expect, test } from 'vitest'
import { makeBed } from '../../helpers/session-bed.js'
import { quoted } from '../../helpers/session-user.js'
import type { ContractContext } from './contract.js'

/** What programs do that work in merged by the absolute name of their working directory. */
export function nameContract({ options, user }: ContractContext): void {
  async function begin() {
    const bed = makeBed(user())
    const project = quoted(bed.project)
    const git = 'git -c user.name=x -c user.email=x@example.org'
    const made = user().sh(`cd ${project} && git init -q && git add file && ${git} commit -qm base && echo mine >file`)
    expect(made).toMatchObject({ status: 0 })
    const { session } = await user().calls.create({ ...bed, ...options })
    return { project, session, merged: quoted(session.merged) }
  }

  test('the working directory has the name that the session has, and it leads back', async () => {
    const { session, merged } = await begin()
    const asked = user().sh(`cd ${merged} && env -u PWD /bin/pwd -P && mkdir sub && cd sub && env -u PWD /bin/pwd -P`)
    expect(asked).toMatchObject({ stdout: `${session.merged}\n${session.merged}/sub\n`, status: 0 })
    expect(user().sh(`cd ${merged} && echo by-name >"$(env -u PWD /bin/pwd -P)/new" && cat new`).stdout).toBe(
      'by-name\n',
    )
  })

  test('git works on merged, and never on the project', async () => {
    const { session, project, merged } = await begin()
    expect(user().sh(`cd ${merged} && git rev-parse --show-toplevel`).stdout).toBe(`${session.merged}\n`)
    expect(user().sh(`cd ${merged}/dir && echo theirs >../file && git reset -q --hard`)).toMatchObject({ status: 0 })
    expect(user().sh(`cat ${merged}/file ${project}/file`).stdout).toBe('base\nmine\n')
    expect(user().sh(`cd ${merged} && git clean -qfd && ls && ls ${project}`).stdout).toBe('file\ndir\nfile\nlink\n')
  })

  test('a program that resolves paths by its working directory writes to merged', async () => {
    const { project, merged } = await begin()
    const script = quoted(`require('fs').writeFileSync(require('path').resolve('out'), process.cwd())`)
    expect(user().sh(`cd ${merged} && ${quoted(process.execPath)} -e ${script}`)).toMatchObject({
      stderr: '',
      status: 0,
    })
    expect(user().sh(`cd ${merged} && cat out && ls ${project}`).stdout).toBe(`${merged.slice(1, -1)}dir\nfile\nlink\n`)
  })

  test('node runs a script of merged, told to leave links alone', async () => {
    const { project, merged } = await begin()
    const write = quoted(`require('fs').writeFileSync(__dirname + '/out', 'x')`)
    const node = quoted(process.execPath)
    const run = `cd ${merged} && echo ${write} >script.js && ${node} --preserve-symlinks-main script.js`
    expect(user().sh(run)).toMatchObject({ stderr: '', status: 0 })
    expect(user().sh(`cd ${merged} && cat out && ls ${project}`).stdout).toBe('xdir\nfile\nlink\n')
  })
}
