import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it, type TestContext } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import type { DirectoryWorkspace } from '../../../src/workspace/workspace.js'
import { bytes, scratch } from '../../helpers/scratch.js'

const { ops } = systemPorts()
const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** Makes an empty workspace that goes away with the test. */
export type MakeDirectoryWorkspace = (context: TestContext) => DirectoryWorkspace | Promise<DirectoryWorkspace>

/** What every workspace that lies in a directory does alike. */
export function directoryContract(kind: string, make: MakeDirectoryWorkspace): void {
  describe(`a ${kind} and its directory`, () => {
    it('are the same files', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('dir/file', text('here'))
      expect(readFileSync(`${workspace.directory}/dir/file`, 'utf8')).toBe('here')
      writeFileSync(`${workspace.directory}/dir/file`, 'there')
      expect(Buffer.from(await workspace.readFile('dir/file')).toString()).toBe('there')
    })

    it('keep the mode of a file that is replaced, and its attributes, and leave its other names alone', async (context) => {
      const workspace = await make(context)
      const file = `${workspace.directory}/tool`
      writeFileSync(file, 'old')
      chmodSync(file, 0o4751)
      execFileSync('ln', [file, `${file}-other`])
      const held = readFileSync(file)
      const dir = ops.openRoot(workspace.directory as AbsPath)
      ops.setXattr(dir, bytes('tool'), bytes('user.color'), text('red'))
      await workspace.writeFile('tool', text('new'))
      expect(statSync(file).mode & 0o7777).toBe(0o751)
      expect(readFileSync(`${file}-other`)).toEqual(held)
      expect(Buffer.from(ops.getXattrs(dir, bytes('tool')).get(bytes('user.color')) ?? []).toString()).toBe('red')
      ops.close(dir)
      expect(await workspace.stat('tool')).toMatchObject({ mode: 0o751, size: 3 })
      expect(readdirSync(workspace.directory).filter((name) => name.endsWith('.new'))).toEqual([])
    })

    it('follow a link that stays inside, and write what it names', async (context) => {
      const workspace = await make(context)
      const { directory } = workspace
      mkdirSync(`${directory}/real/below`, { recursive: true })
      writeFileSync(`${directory}/real/file`, 'one')
      symlinkSync('real', `${directory}/link`)
      symlinkSync('../file', `${directory}/real/below/up`)
      symlinkSync('link/below/up', `${directory}/chain`)
      symlinkSync('real/made/later', `${directory}/dangling`)
      for (const path of ['link/file', 'link/below/up', 'chain'])
        expect(Buffer.from(await workspace.readFile(path)).toString(), path).toBe('one')
      await workspace.writeFile('chain', text('two'))
      expect(readFileSync(`${directory}/real/file`, 'utf8')).toBe('two')
      await workspace.writeFile('link/new/file', text('three'))
      expect(readFileSync(`${directory}/real/new/file`, 'utf8')).toBe('three')
      await workspace.writeFile('dangling', text('four'))
      expect(readFileSync(`${directory}/real/made/later`, 'utf8')).toBe('four')
      expect((await workspace.listDir('link')).map(({ name }) => name)).toEqual(['below', 'file', 'made', 'new'])
      expect(await workspace.stat('link')).toMatchObject({ type: 'symlink' })
      await workspace.deleteFile('chain')
      expect(readFileSync(`${directory}/real/file`, 'utf8')).toBe('two')
    })

    it('lead nowhere by a link that leaves', async (context) => {
      const workspace = await make(context)
      const { directory } = workspace
      const outside = scratch().path
      writeFileSync(`${outside}/file`, 'secret')
      mkdirSync(`${directory}/dir`)
      const up = '../'.repeat(directory.split('/').length)
      const links = {
        absolute: outside,
        relative: `${up}${outside.slice(1)}`,
        'dir/self': directory,
        proc: '/proc/self/root',
      }
      for (const [name, target] of Object.entries(links)) symlinkSync(target, `${directory}/${name}`)
      symlinkSync(`${outside}/file`, `${directory}/to-file`)
      symlinkSync('circle', `${directory}/circle`)
      const before = readdirSync(directory)
      const ways = [
        'absolute/file',
        'relative/file',
        'dir/self/x',
        `proc${outside}/file`,
        'to-file',
        'circle',
        'circle/x',
      ]
      for (const path of ways) {
        const refused = { code: 'PATH_OUTSIDE' }
        await expect(workspace.readFile(path), path).rejects.toMatchObject(refused)
        await expect(workspace.writeFile(path, text('x')), path).rejects.toMatchObject(refused)
        await expect(workspace.listDir(path), path).rejects.toMatchObject(refused)
        if (!path.includes('/')) continue
        await expect(workspace.stat(path), path).rejects.toMatchObject(refused)
        await expect(workspace.deleteFile(path), path).rejects.toMatchObject(refused)
        await expect(workspace.writeFile(`${path}/a/b`, text('x')), path).rejects.toMatchObject(refused)
      }
      expect(readdirSync(directory)).toEqual(before)
      expect(readdirSync(outside)).toEqual(['file'])
      expect(readFileSync(`${outside}/file`, 'utf8')).toBe('secret')
      await workspace.deleteFile('absolute')
      expect(readdirSync(outside)).toEqual(['file'])
    })

    it('never wait for a FIFO or a socket', async (context) => {
      const workspace = await make(context)
      execFileSync('mkfifo', [`${workspace.directory}/fifo`])
      await expect(workspace.readFile('fifo')).rejects.toMatchObject({ code: 'NOT_A_FILE' })
      await expect(workspace.writeFile('fifo', text('x'))).rejects.toMatchObject({ code: 'NOT_A_FILE' })
      expect(await workspace.stat('fifo')).toMatchObject({ type: 'other' })
      await workspace.deleteFile('fifo')
      expect(await workspace.listDir('.')).toEqual([])
    })
  })
}
