import { describe, expect, it, type TestContext } from 'vitest'
import type { Workspace } from '../../../src/workspace/workspace.js'

/** Makes an empty workspace that goes away with the test. */
export type MakeWorkspace = (context: TestContext) => Workspace | Promise<Workspace>

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const read = async (workspace: Workspace, path: string): Promise<string> =>
  Buffer.from(await workspace.readFile(path)).toString('latin1')

/** What every workspace does alike. */
export function workspaceContract(kind: string, make: MakeWorkspace): void {
  describe(`a ${kind}`, () => {
    it('reads what was written, and makes the directories above it', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('src/deep/er/main.ts', text('one'))
      expect(await read(workspace, 'src/deep/er/main.ts')).toBe('one')
      expect(await workspace.stat('src/deep/er')).toMatchObject({ type: 'dir' })
      await workspace.writeFile('src/deep/er/main.ts', text('two and more'))
      expect(await read(workspace, 'src/deep/er/main.ts')).toBe('two and more')
      await workspace.writeFile('src/deep/er/main.ts', text(''))
      expect(await workspace.stat('src/deep/er/main.ts')).toMatchObject({ type: 'file', size: 0, mode: 0o644 })
    })

    it('keeps every byte, and what is its own', async (context) => {
      const workspace = await make(context)
      const data = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)
      const before = Uint8Array.from(data)
      await workspace.writeFile('data', data)
      data.fill(7)
      const first = await workspace.readFile('data')
      expect(Buffer.compare(first, before)).toBe(0)
      first.fill(9)
      expect(Buffer.compare(await workspace.readFile('data'), before)).toBe(0)
    })

    it('lists a directory in byte order, with types', async (context) => {
      const workspace = await make(context)
      for (const path of ['b', 'a/x', 'B', 'é', '__proto__/y']) await workspace.writeFile(path, text(path))
      expect(await workspace.listDir('.')).toEqual([
        { name: 'B', type: 'file' },
        { name: '__proto__', type: 'dir' },
        { name: 'a', type: 'dir' },
        { name: 'b', type: 'file' },
        { name: 'é', type: 'file' },
      ])
      expect(await workspace.listDir('a')).toEqual([{ name: 'x', type: 'file' }])
    })

    it('deletes files alone, and leaves the directories', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('dir/file', text('x'))
      await expect(workspace.deleteFile('dir')).rejects.toMatchObject({ code: 'NOT_A_FILE', path: 'dir' })
      await workspace.deleteFile('dir/file')
      expect(await workspace.listDir('dir')).toEqual([])
      await expect(workspace.deleteFile('dir/file')).rejects.toMatchObject({ code: 'NO_SUCH_ENTRY' })
    })

    it('takes `.`, inner `..` and double slashes by the text', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('./a//b/../c', text('x'))
      expect(await read(workspace, 'a/c')).toBe('x')
      expect(await workspace.listDir('a/')).toEqual([{ name: 'c', type: 'file' }])
      expect(await workspace.stat('a/..')).toMatchObject({ type: 'dir' })
    })

    it('keeps names that are not UTF-8', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('caf\udce9/\udcff', text('x'))
      expect(await workspace.listDir('.')).toEqual([{ name: 'caf\udce9', type: 'dir' }])
      expect(await read(workspace, 'caf\udce9/\udcff')).toBe('x')
    })

    it('names the file that is in the way', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('dir/file', text('x'))
      const refused = { code: 'NOT_A_DIRECTORY', path: 'dir/file' }
      await expect(workspace.readFile('dir/file/a/b')).rejects.toMatchObject(refused)
      await expect(workspace.writeFile('dir/file/a/b', text('x'))).rejects.toMatchObject(refused)
    })

    const refused: readonly [what: string, path: string, code: string][] = [
      ['an empty path', '', 'PATH_INVALID'],
      ['an absolute path', '/etc/passwd', 'PATH_INVALID'],
      ['a NUL byte', 'a\0b', 'PATH_INVALID'],
      ['half of a surrogate pair', 'a\ud800', 'PATH_INVALID'],
      ['a name too long', 'a'.repeat(256), 'PATH_INVALID'],
      ['a way out', '../a', 'PATH_OUTSIDE'],
      ['a way out from below', 'dir/../../a', 'PATH_OUTSIDE'],
      ['a way out and in again', '../../tmp', 'PATH_OUTSIDE'],
      ['a path below a file', 'file/a', 'NOT_A_DIRECTORY'],
      ['a path far below a file', 'file/a/b/c', 'NOT_A_DIRECTORY'],
    ]
    it.for(refused)('refuses %s in every call', async ([, path, code], context) => {
      const workspace = await make(context)
      await workspace.writeFile('file', text('kept'))
      const data = text('x')
      await expect(workspace.readFile(path)).rejects.toMatchObject({ code })
      await expect(workspace.writeFile(path, data)).rejects.toMatchObject({ code })
      await expect(workspace.deleteFile(path)).rejects.toMatchObject({ code })
      await expect(workspace.stat(path)).rejects.toMatchObject({ code })
      await expect(workspace.listDir(path)).rejects.toMatchObject({ code })
      expect(await workspace.listDir('.')).toEqual([{ name: 'file', type: 'file' }])
      expect(await read(workspace, 'file')).toBe('kept')
    })

    it('says that nothing is there', async (context) => {
      const workspace = await make(context)
      for (const path of ['none', 'none/below']) {
        await expect(workspace.readFile(path)).rejects.toMatchObject({ code: 'NO_SUCH_ENTRY', path })
        await expect(workspace.stat(path)).rejects.toMatchObject({ code: 'NO_SUCH_ENTRY' })
        await expect(workspace.listDir(path)).rejects.toMatchObject({ code: 'NO_SUCH_ENTRY' })
        await expect(workspace.deleteFile(path)).rejects.toMatchObject({ code: 'NO_SUCH_ENTRY' })
      }
    })

    it('refuses a directory where a file was expected, and the other way round', async (context) => {
      const workspace = await make(context)
      await workspace.writeFile('dir/file', text('x'))
      for (const path of ['dir', 'dir/', '.', 'dir/file/', 'new/', 'dir/..']) {
        await expect(workspace.readFile(path), path).rejects.toMatchObject({ code: 'NOT_A_FILE' })
        await expect(workspace.writeFile(path, text('y')), path).rejects.toMatchObject({ code: 'NOT_A_FILE' })
      }
      await expect(workspace.listDir('dir/file')).rejects.toMatchObject({ code: 'NOT_A_DIRECTORY', path: 'dir/file' })
      expect(await read(workspace, 'dir/file')).toBe('x')
    })

    it('goes a thousand directories deep', async (context) => {
      const workspace = await make(context)
      const path = `${'directory/'.repeat(1000)}file`
      await workspace.writeFile(path, text('deep'))
      expect(await read(workspace, path)).toBe('deep')
      expect(await workspace.listDir('directory/'.repeat(1000))).toEqual([{ name: 'file', type: 'file' }])
      await workspace.deleteFile(path)
    })

    it('takes many calls at once', async (context) => {
      const workspace = await make(context)
      const paths = Array.from({ length: 200 }, (_, at) => `d${at % 7}/${at}`)
      await Promise.all(paths.map((path) => workspace.writeFile(path, text(path))))
      expect(await Promise.all(paths.map((path) => read(workspace, path)))).toEqual(paths)
    })
  })
}
