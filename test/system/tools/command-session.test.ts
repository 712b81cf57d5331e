import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { CommandTool } from '../../../src/tools/command-tool.js'
import { need } from '../../helpers/capability.js'
import { commandBed } from '../../helpers/command-bed.js'
import { noBackend, scratchProject, sessionBackends } from '../../helpers/open-scratch.js'
import { removeSharedCache } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

describe.each(sessionBackends)('a command in a session by %s', (backend) => {
  beforeEach((context) => need(context, noBackend(backend)))

  it('works in merged, with no copy, and reaches the project by a commit', async (context) => {
    const { bundle, runner, scratch } = await commandBed(context, ['files', 'paths'])
    const { project, open } = scratchProject({ 'src/main.ts': 'one\n' })
    await using session = await open({ backend })
    const tool = new CommandTool({ runner, bundles: [bundle], workspace: session.workspace })
    const run = (...argv: string[]): Promise<unknown> => tool.run({ argv, cwd: 'src' })
    expect(await run('files', 'w', '3', 'out.txt', 'made')).toMatchObject({ ended: 'exit', exitCode: 0 })
    expect(await run('files', 'r', '4', 'src/main.ts')).toMatchObject({ stdout: 'one\n' })
    expect(await run('paths', 'a', 'main.ts', 'two\n')).toMatchObject({ ended: 'exit', exitCode: 0 })
    expect(Buffer.from(await session.workspace.readFile('src/out.txt')).toString()).toBe('made')
    expect(existsSync(scratch)).toBe(false)
    expect(existsSync(join(project, 'src/out.txt'))).toBe(false)
    await session.commit()
    expect(readFileSync(join(project, 'src/out.txt'), 'utf8')).toBe('made')
    expect(readFileSync(join(project, 'src/main.ts'), 'utf8')).toBe('one\ntwo\n')
  })
})
