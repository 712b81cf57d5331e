import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import { sessionState } from '../../../src/session/session-state.js'
import { need } from '../../helpers/capability.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { noBackend, scratchProject, sessionBackends } from '../../helpers/open-scratch.js'

const ports = systemPorts()
const text = (content: string): Uint8Array => new TextEncoder().encode(content)

describe.each(sessionBackends)('openSession by %s', (backend) => {
  beforeEach((context) => need(context, noBackend(backend)))

  it('makes a session, whose work is in the project only after a commit', async () => {
    const { project, open } = scratchProject({ 'src/main.ts': 'one\n', old: 'gone\n' })
    await using session = await open({ id: 'fix', backend })
    expect(session).toMatchObject({ id: 'fix', project, backend, created: true, recovered: undefined })
    await session.workspace.writeFile('src/main.ts', text('two\n'))
    await session.workspace.writeFile('new/file', text('new\n'))
    await session.workspace.deleteFile('old')
    expect(readFileSync(`${session.merged}/src/main.ts`, 'utf8')).toBe('two\n')
    expect(readFileSync(`${project}/src/main.ts`, 'utf8')).toBe('one\n')
    const { changes, conflicts, refusals } = await session.changes()
    expect(changes).toEqual([
      { path: 'new', kind: 'create', status: 'A' },
      { path: 'new/file', kind: 'create', status: 'A' },
      { path: 'old', kind: 'delete', status: 'D' },
      { path: 'src/main.ts', kind: 'modify', status: 'M' },
    ])
    expect([...conflicts, ...refusals]).toEqual([])
    const part = await session.commit({ paths: ['src'] })
    expect(part.applied.map(({ path }) => path)).toEqual(['src/main.ts'])
    expect(existsSync(`${project}/old`)).toBe(true)
    expect((await session.commit()).applied).toHaveLength(3)
    expect(readFileSync(`${project}/src/main.ts`, 'utf8')).toBe('two\n')
    expect(existsSync(`${project}/old`)).toBe(false)
    expect((await session.undo()).restored).toContain('old')
    expect(readFileSync(`${project}/old`, 'utf8')).toBe('gone\n')
    const log = readFileSync(`${session.session.dir}/log.jsonl`, 'utf8')
    expect(
      log
        .match(/"operation":"\w+"/g)
        ?.slice(-3)
        .join(),
    ).toMatch(/commit.*commit.*undo/)
  })

  it('detaches at the end of its scope, keeps every change, and attaches again by the id', async () => {
    const { project, open } = scratchProject({ file: 'one' })
    const first = await open({ id: 'kept', backend })
    {
      await using session = first
      await session.workspace.writeFile('file', text('two'))
    }
    expect(sessionState(ports, first.session).state).toBe('detached')
    await expect(first.workspace.writeFile('file', text('lost'))).rejects.toMatchObject({ code: 'SESSION_NOT_MOUNTED' })
    expect(readFileSync(`${project}/file`, 'utf8')).toBe('one')
    await using again = await open({ id: 'kept', backend })
    expect(again).toMatchObject({ created: false, merged: first.merged })
    expect(Buffer.from(await again.workspace.readFile('file')).toString()).toBe('two')
    // The workspace of the session that was detached sees it again, too.
    expect(Buffer.from(await first.workspace.readFile('file')).toString()).toBe('two')
  })

  it('leaves a session mounted that it found mounted, or that a process still uses', async () => {
    const { open } = scratchProject()
    const owner = await open({ id: 'busy', backend })
    {
      await using guest = await open({ id: 'busy', backend })
      expect(guest.created).toBe(false)
    }
    await owner.workspace.writeFile('still', text('there'))
    const user = spawn('sleep', ['60'], { cwd: owner.merged })
    onTestFinished(() => void user.kill())
    await owner[Symbol.asyncDispose]()
    expect(await owner.workspace.listDir('.')).toEqual([{ name: 'still', type: 'file' }])
    await expect(owner.unmount()).rejects.toMatchObject({ code: 'SESSION_BUSY' })
  })

  it('brings a commit that was cut short to its end first', async () => {
    const { project, open } = scratchProject({ a: 'old', b: 'old' })
    const session = await open({ id: 'cut', backend })
    for (const path of ['a', 'b', 'c']) await session.workspace.writeFile(path, text('new'))
    let marks = 0
    const { ops } = watchedOps(ports.ops, (_call, name, args) => {
      if (marks > 0 || (name === 'rename' && args[3] === 'mark')) marks += 1
      if (marks > 1) throw new Error('killed')
    })
    const { workspace } = await open({ id: 'cut', ports: { ...ports, ops } })
    await expect(workspace.commit()).rejects.toThrow('killed')
    expect(existsSync(`${session.session.dir}/journal/mark`)).toBe(true)
    await using again = await open({ id: 'cut' })
    expect(again.recovered).toMatchObject({ kind: 'commit', outcome: 'finished' })
    expect(['a', 'b', 'c'].map((path) => readFileSync(`${project}/${path}`, 'utf8'))).toEqual(['new', 'new', 'new'])
    expect((await again.changes()).changes).toEqual([])
  })

  it('lets two that ask for one id at once have the same session', async () => {
    const { open } = scratchProject()
    const both = await Promise.all([open({ id: 'one', backend }), open({ id: 'one', backend })])
    expect(both.filter(({ created }) => created)).toHaveLength(1)
    await both[0].workspace.writeFile('file', text('x'))
    expect(await both[1].workspace.listDir('.')).toEqual([{ name: 'file', type: 'file' }])
  })

  it('goes on after a commit that mounts it anew, and after one that closes it', async () => {
    const { project, open } = scratchProject({ 'dir/file': 'one' })
    await using session = await open({ backend })
    await session.workspace.writeFile('dir/file', text('two'))
    await session.workspace.writeFile('dir/dropped', text('x'))
    expect(await session.revert(['dir/dropped'])).toMatchObject([{ path: 'dir/dropped', status: 'A' }])
    expect(await session.workspace.listDir('dir')).toEqual([{ name: 'file', type: 'file' }])
    expect(await session.commit({ close: true })).toMatchObject({ closed: true })
    expect(readFileSync(`${project}/dir/file`, 'utf8')).toBe('two')
    await expect(session.workspace.readFile('dir/file')).rejects.toMatchObject({ code: 'SESSION_NOT_MOUNTED' })
  })

  it('says where the project changed, and commits nothing then', async () => {
    const { project, open } = scratchProject({ file: 'one', other: 'one' })
    await using session = await open({ backend })
    for (const path of ['file', 'other']) await session.workspace.writeFile(path, text('session'))
    writeFileSync(`${project}/file`, 'person')
    const { conflicts } = await session.changes()
    expect(conflicts).toMatchObject([{ path: 'file', at: 'file', reason: 'changed' }])
    await expect(session.commit()).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' })
    expect(readFileSync(`${project}/other`, 'utf8')).toBe('one')
    expect(await session.commit({ onConflict: 'skip' })).toMatchObject({ applied: [{ path: 'other' }], pending: [{}] })
    expect(readFileSync(`${project}/file`, 'utf8')).toBe('person')
  })

  it('is gone with all its changes after a discard', async () => {
    const { project, open } = scratchProject({ file: 'one' })
    await using session = await open({ id: 'gone', backend })
    await session.workspace.writeFile('file', text('two'))
    await session.discard()
    expect(existsSync(`${project}/.openagentic`)).toBe(false)
    await expect(session.changes()).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' })
    await expect(session.workspace.readFile('file')).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' })
    expect(readFileSync(`${project}/file`, 'utf8')).toBe('one')
  })
})
