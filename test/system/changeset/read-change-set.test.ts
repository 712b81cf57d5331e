import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { need, noRoot } from '../../helpers/capability.js'
import { lineOf, mark, twoLayers } from '../../helpers/two-layers.js'

describe('kinds and aspects', () => {
  it('tells content, mode, attributes and times apart', async (context) => {
    need(context, noRoot())
    const { ops, session, upper, read } = twoLayers((project) => {
      for (const name of ['same', 'content', 'mode', 'xattrs', 'times']) project.file(name, 'base')
    })
    const old = 1_000_000_000_000_000_000n
    for (const name of ['same', 'content', 'mode', 'xattrs', 'times']) {
      session.file(name, name === 'content' ? 'BASE' : 'base', name === 'xattrs' ? { 'user.x': '1' } : {})
      if (name === 'mode') ops.setMode(upper, name as ByteString, 0o600)
      if (name !== 'times') ops.setTimes(upper, name as ByteString, old, old)
    }
    const { changes } = await read()
    expect(changes.map(({ kind, path, aspects }) => [kind, path, ...aspects])).toEqual([
      ['modify', 'content', 'content'],
      ['metadata', 'mode', 'mode'],
      ['metadata', 'times', 'times'],
      ['metadata', 'xattrs', 'xattrs'],
    ])
  })

  it('takes the root’s mode for a change, and its times for none', async (context) => {
    need(context, noRoot())
    const { ops, upper, read } = twoLayers(() => {})
    expect((await read()).changes).toEqual([])
    ops.setMode(upper, '.' as ByteString, 0o700)
    expect(await read()).toMatchObject({ changes: [{ kind: 'metadata', path: '', aspects: new Set(['mode']) }] })
  })

  it('asks before it reads a file of equal size, and believes the answer', async (context) => {
    need(context, noRoot())
    const { session, read } = twoLayers((project) => {
      project.file('f', 'base')
      project.file('longer', 'base')
    })
    session.file('f', 'BASE')
    session.file('longer', 'longer')
    const asked: string[] = []
    const knownEqual = (path: RelPath): boolean => asked.push(path) > 0
    const { changes } = await read({ knownEqual })
    expect(asked).toEqual(['f'])
    expect(changes.map(lineOf)).toEqual(['metadata f', 'modify longer'])
  })
})

describe('content of equal size', () => {
  it.for([1, 64 * 1024, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 + 1, 3_000_000])(
    'of %d bytes is compared to the last byte',
    async (size, context) => {
      need(context, noRoot())
      const content = 'x'.repeat(size)
      const { session, read } = twoLayers((project) => {
        for (const name of ['first', 'last', 'same']) project.file(name, content)
      })
      session.file('first', `y${content.slice(1)}`)
      session.file('last', `${content.slice(1)}y`)
      session.file('same', content)
      expect((await read()).changes.map(lineOf)).toEqual(['modify first', 'modify last', 'metadata same'])
    },
  )
})

describe('link groups', () => {
  it('names the inode of a new pair, and replaces the old name that joins it', async (context) => {
    need(context, noRoot())
    const { path, session, read } = twoLayers((project) => project.file('old', 'x'))
    session.file('old', 'x')
    linkSync(`${path}/upper/old`, `${path}/upper/new`)
    const { changes } = await read()
    expect(changes.map(lineOf)).toEqual(['create new', 'modify old'])
    expect(changes[1]?.aspects).toContain('links')
    expect(changes[0]?.wanted?.linkGroup).toMatch(/^upper:/)
    expect(changes[1]?.wanted?.linkGroup).toBe(changes[0]?.wanted?.linkGroup)
  })

  it('replaces an entry whose inode the project shares with others', async (context) => {
    need(context, noRoot())
    const { ops, path, lower, session, upper, read } = twoLayers((project) => project.file('one', 'x'))
    linkSync(`${path}/lower/one`, `${path}/lower/two`)
    session.file('one', 'x')
    const times = ops.stat(lower, 'one' as ByteString)?.mtimeNs ?? 0n
    ops.setTimes(upper, 'one' as ByteString, times, times)
    const { changes } = await read()
    expect(changes).toMatchObject([{ kind: 'modify', path: 'one', aspects: new Set(['links']) }])
    expect(changes[0]?.wanted?.linkGroup).toBeUndefined()
  })

  it('never takes whiteouts for one', async (context) => {
    need(context, noRoot())
    const { path, session, read } = twoLayers((project) => {
      project.file('one', '')
      project.file('two', '')
    })
    session.whiteout('one')
    linkSync(`${path}/upper/one`, `${path}/upper/two`)
    expect((await read()).changes.map(lineOf)).toEqual(['delete one', 'delete two'])
  })
})

describe('renames', () => {
  it('name where the project holds the content', async (context) => {
    need(context, noRoot())
    const { session, read } = twoLayers((project) => {
      project.dir('a')
      project.file('a/f', 'x')
      project.file('a/g', 'x')
    })
    session.whiteout('a')
    session.dir('b', mark('redirect', 'a'))
    session.file('b/g', 'changed')
    const { changes, redirects } = await read()
    expect(changes.map(lineOf)).toEqual([
      'delete a',
      'rename b <- a',
      'create b/f <- a/f (implied)',
      'create b/g <- a/g',
    ])
    expect(redirects).toEqual(['b'])
    expect(changes[2]?.wanted?.content).toEqual({ layer: 'base', path: 'a/f' })
    expect(changes[3]?.wanted?.content).toEqual({ layer: 'upper', path: 'b/g' })
  })

  it('are copies where the old entry stays', async (context) => {
    need(context, noRoot())
    const { path, session, read } = twoLayers((project) => project.file('f', '123'))
    session.file('f', '\0\0\0', { ...mark('metacopy', ''), ...mark('redirect', '/f') })
    linkSync(`${path}/upper/f`, `${path}/upper/g`)
    const { changes } = await read()
    expect(changes.map(lineOf)).toEqual(['modify f', 'create g <- f'])
    expect(changes[1]?.wanted?.content).toEqual({ layer: 'base', path: 'f' })
  })
})

describe('the walk', () => {
  it('stops on request', async (context) => {
    need(context, noRoot())
    const { path, read } = twoLayers(() => {})
    for (let index = 0; index < 3000; index += 1) writeFileSync(`${path}/upper/${index}`, '')
    const controller = new AbortController()
    const reading = read({ signal: controller.signal, onProgress: () => controller.abort() })
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('reaches any depth with few descriptors', async (context) => {
    need(context, noRoot())
    const { ops, upper, read } = twoLayers(() => {})
    const depth = 10_000
    let dir = ops.openDir(upper, '' as RelPath)
    for (let level = 0; level < depth; level += 1) {
      ops.mkdir(dir, 'd' as ByteString, 0o755)
      if (level % 100 === 0) ops.mkdir(dir, 'e' as ByteString, 0o755)
      const below = ops.openDir(dir, 'd' as RelPath)
      ops.close(dir)
      dir = below
    }
    ops.close(dir)
    let open = 0
    let most = 0
    const counting = {
      ...ops,
      openDir: (from: number, path: RelPath): number => {
        open += 1
        most = Math.max(most, open)
        return ops.openDir(from, path)
      },
      close: (fd: number): void => {
        open -= 1
        ops.close(fd)
      },
    }
    const { changes } = await read({ ops: counting })
    expect(changes).toHaveLength(depth + depth / 100)
    expect(changes.at(-1)?.path).toBe('e')
    expect(open).toBe(0)
    expect(most).toBeLessThan(100)
  })

  it('closes everything when it fails', async (context) => {
    need(context, noRoot())
    const { ops, path, session, read } = twoLayers(() => {})
    mkdirSync(`${path}/upper/a`)
    session.dir('a/b', mark('redirect', '..'))
    let open = 0
    const counting = {
      ...ops,
      openDir: (from: number, at: RelPath): number => {
        open += 1
        return ops.openDir(from, at)
      },
      close: (fd: number): void => {
        open -= 1
        ops.close(fd)
      },
    }
    await expect(read({ ops: counting })).rejects.toMatchObject({ code: 'UPPER_FORGED' })
    expect(open).toBe(0)
  })
})
