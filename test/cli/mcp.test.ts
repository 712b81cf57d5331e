import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { cliBed, cliProgram, quoted } from '../helpers/cli-bed.js'
import { mcpClient } from '../helpers/mcp-client.js'
import { fixture } from '../helpers/wasi.js'

const harmless = ['list', 'mount', 'unmount', 'exec', 'status', 'diff']

it('offers what harms nothing, and the rest where the user allows it', async () => {
  const bed = cliBed()
  expect(await (await mcpClient(bed)).tools()).toEqual(harmless)
  expect(await (await mcpClient(bed, '--allow-commit')).tools()).toEqual([...harmless, 'commit'])
  expect(await (await mcpClient(bed, '--allow-discard')).tools()).toEqual([...harmless, 'discard'])
})

it('tells clients what a tool takes and does', async () => {
  const { client } = await mcpClient(cliBed(), '--allow-commit', '--time', '5s', '--module', fixture('hello'))
  const { tools } = await client.listTools()
  const exec = tools.find(({ name }) => name === 'exec')
  expect(exec?.description).toContain('by name: hello.wat.')
  expect(exec?.inputSchema).toMatchObject({
    required: ['module'],
    additionalProperties: false,
    properties: { time_ms: { maximum: 5000, default: 5000 } },
  })
  const readOnly = tools.filter(({ annotations }) => annotations?.readOnlyHint === true).map(({ name }) => name)
  expect(readOnly).toEqual(['list', 'status', 'diff'])
  expect(tools.find(({ name }) => name === 'commit')?.annotations?.destructiveHint).toBe(true)
})

it('does a whole job: a module’s file reaches the project by commit alone', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call, stderr } = await mcpClient(bed, '--allow-commit', '--module', fixture('files'))
  expect((await call('list')).json).toMatchObject({ project: bed.project, sessions: [] })
  const { json: mounted } = await call('mount', { session: 'job' })
  expect(mounted).toMatchObject({ session: 'job', created: true })
  const merged = mounted.merged as string

  const ran = await call('exec', { module: 'files.wat', args: ['w', '3', 'out.txt', 'hello\n'] })
  expect(ran).toMatchObject({
    isError: false,
    json: { session: 'job', ended: 'exit', exitStatus: 0, changes: [{ status: 'A', path: 'out.txt' }] },
  })
  expect(readFileSync(join(merged, 'out.txt'), 'utf8')).toBe('hello\n')
  expect(existsSync(join(bed.project, 'out.txt'))).toBe(false)
  expect((await call('status')).json).toMatchObject({ changes: [{ status: 'A', path: 'out.txt' }], conflicts: [] })
  const { json: diff } = await call('diff', { session: 'job' })
  expect(diff).toMatchObject({ isCut: false, text: expect.stringContaining('+++ b/out.txt\n@@ -0,0 +1 @@\n+hello\n') })
  expect((await call('diff', { form: 'name-status' })).json.text).toBe('A out.txt\n')

  expect((await call('commit', { dry_run: true })).json).toMatchObject({ dryRun: true, applied: [{ path: 'out.txt' }] })
  expect(existsSync(join(bed.project, 'out.txt'))).toBe(false)
  expect((await call('commit')).json).toMatchObject({ dryRun: false, applied: [{ path: 'out.txt' }] })
  expect(readFileSync(join(bed.project, 'out.txt'), 'utf8')).toBe('hello\n')
  expect((await call('unmount')).json).toMatchObject({ session: 'job', wasMounted: true })
  expect((await call('list', { short: true })).json).toMatchObject({ sessions: [{ id: 'job', state: 'detached' }] })
  expect(bed.run('log').stdout).toMatch(/exec .*changed=1 .*\n.*commit .*applied=1/)
  expect(stderr()).toBe('')
})

it('commits nothing where the user did not allow it', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call, client } = await mcpClient(bed)
  await call('mount')
  await expect(client.callTool({ name: 'commit', arguments: {} })).rejects.toThrow(
    'No tool "commit": the user did not start the server with --allow-commit',
  )
  await expect(client.callTool({ name: 'rm', arguments: {} })).rejects.toThrow('No tool "rm": the tools are list, ')
})

it('mounts no session that shows what the user hides', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  bed.sh('echo secret >.env')
  const { call } = await mcpClient(bed, '--hide', '.env')
  const { merged } = (await call('mount', { session: 'made' })).json as { merged: string }
  expect(existsSync(join(merged, '.env'))).toBe(false)
  bed.run('mount', 'open')
  expect(await call('mount', { session: 'open' })).toMatchObject({ isError: true, json: { error: { code: 'USAGE' } } })
  expect((await call('unmount', { session: 'open' })).isError).toBe(false)
  const attached = (await call('mount', { session: 'open' })).json as { merged: string }
  expect(attached).toMatchObject({ created: false, newlyHidden: ['.env'] })
  expect(existsSync(join(attached.merged, '.env'))).toBe(false)
  expect(readFileSync(join(bed.project, '.env'), 'utf8')).toBe('secret\n')
})

it('gives back conflicts, and what a policy makes of them', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed, '--allow-commit')
  const { merged } = (await call('mount')).json as { merged: string }
  bed.sh(`echo session >${merged}/README.md; echo new >${merged}/new; echo person >README.md`)
  const conflict = { path: 'README.md', reason: expect.any(String), expected: expect.any(String) }
  expect((await call('status')).json).toMatchObject({ conflicts: [conflict] })
  expect(await call('commit')).toMatchObject({
    isError: true,
    json: { error: { code: 'COMMIT_CONFLICT', hint: expect.any(String), details: { conflicts: [conflict] } } },
  })
  expect(existsSync(join(bed.project, 'new'))).toBe(false)
  expect((await call('commit', { on_conflict: 'skip' })).json).toMatchObject({
    applied: [{ path: 'new' }],
    pending: [{ path: 'README.md' }],
  })
  expect(readFileSync(join(bed.project, 'README.md'), 'utf8')).toBe('person\n')
})

it('brings a commit that was cut short to its end first, and says so', async (context) => {
  need(context, noRoot() ?? noProgram('strace'))
  const bed = cliBed()
  bed.sh('m=$(overlay mount s) && echo three >>"$m/README.md" && echo x >"$m/x"')
  const commit = `${quoted(process.execPath)} ${quoted(cliProgram)} commit --yes`
  const inject = '-e trace=renameat2 -e inject=renameat2:signal=KILL:when=4'
  expect(bed.sh(`strace -f -qq ${inject} -o /dev/null ${commit}`).status).toBe(137)
  const { call } = await mcpClient(bed)
  const recovered = [{ session: 's', kind: 'commit', outcome: 'finished' }]
  expect((await call('status')).json).toMatchObject({ recovered, changes: [] })
  expect(readFileSync(join(bed.project, 'README.md'), 'utf8')).toBe('one\ntwo\nthree\n')
  expect((await call('status')).json.recovered).toBeUndefined()
})

it('commits and drops just the paths that are named', async (context) => {
  need(context, noRoot())
  const bed = cliBed()
  const { call } = await mcpClient(bed, '--allow-commit', '--allow-discard')
  const { session, merged } = (await call('mount')).json as { session: string; merged: string }
  bed.sh(`cd ${merged} || exit; echo 1 >one; echo 2 >two; echo 3 >three`)
  expect((await call('commit', { session, paths: ['one'] })).json).toMatchObject({ applied: [{ path: 'one' }] })
  expect((await call('discard', { session, paths: [`${merged}/two`] })).json).toMatchObject({ droppedChanges: 1 })
  expect((await call('diff', { form: 'name-status' })).json.text).toBe('A three\n')
  expect((await call('discard', { session })).json).toMatchObject({ droppedChanges: 1 })
  expect((await call('list')).json).toMatchObject({ sessions: [] })
})
