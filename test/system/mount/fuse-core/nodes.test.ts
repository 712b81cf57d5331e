import { readdirSync, rmSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { entryOut } from '../../../../src/mount/fuse/core/answers.js'
import { drop, forget, lookup } from '../../../../src/mount/fuse/core/look-up.js'
import { rename } from '../../../../src/mount/fuse/core/rename.js'
import { startCore } from '../../../../src/mount/fuse/core/start.js'
import type { AbsPath, ByteString } from '../../../../src/paths/byte-string.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { coreCalls } from '../../../helpers/core-calls.js'
import { context, coreSession } from '../../../helpers/core-session.js'
import { seeTree } from '../../../helpers/path-calls.js'

beforeEach((test) => need(test, noRoot()))

it('knows nothing more when the kernel forgot', () => {
  const { bed, core: other } = coreSession()
  other.close()
  const fds = [bed.lower, bed.upper, bed.work].map((path) => bed.files.openRoot(path as AbsPath))
  const [lower, upper, work] = fds as [number, number, number]
  const core = startCore(bed.layers, {
    lowers: [lower],
    upper,
    work,
    family: 'trusted',
    readOnly: false,
    privileged: true,
    maxDirectories: 100,
    lowerValidMs: 1000,
  })
  if (typeof core === 'number') throw new Error(`no core: ${core}`)
  const out = entryOut()
  const known: number[] = []
  const look = (parent: number, name: string): number => {
    expect(lookup(core, parent, name as ByteString, out)).toBe(0)
    known.push(out.nodeid)
    return out.nodeid
  }
  const [b, c] = [look(look(1, 'a'), 'b'), look(1, 'c')]
  look(b, 'a')
  look(look(b, 'c'), 'a')
  const [d] = [look(1, 'd')]
  expect(rename(core, known[0] as number, 'b' as ByteString, d, 'moved' as ByteString, 0)).toBe(0)
  expect(rename(core, 1, 'c' as ByteString, d, 'c' as ByteString, 0)).toBe(0)
  expect([look(d, 'moved'), look(d, 'c')]).toEqual([b, c])
  // Above before below, as no kernel would.
  for (const node of known) forget(core, node, 1)
  expect([[...core.nodes.keys()], core.root.children?.size, core.links.size]).toEqual([[1], 0, 0])
  drop(core, core.root)
  expect(core.nodes.size).toBe(1)
  core.fds.closeAll()
  for (const fd of [...fds, core.work]) bed.files.close(fd)
})

it('leaves no descriptor open, whatever was done', () => {
  const { bed } = coreSession()
  const before = readdirSync('/proc/self/fd').length
  const core = bed.start()
  const merged = coreCalls(core, context)
  merged.chmod('a/b/a', 0o600)
  merged.write('a/b/a', 1, 0, 0, 'x')
  merged.rename('a', 'd/a', 0)
  merged.unlink('c')
  merged.mkdir('c', 0o755)
  merged.rmdir('c')
  merged.write('none/x', 0o301, 0o644, 0, 'x')
  merged.write('b/c', 1, 0, 0, 'x')
  seeTree(merged)
  core.close()
  expect(readdirSync('/proc/self/fd').length).toBe(before)
})

it('knows an open file of the project that was removed there', () => {
  const { bed, core, node, open, read, out, merged } = coreSession()
  const inode = node('c')
  const reader = open('c', 0)
  rmSync(`${bed.lower}/c`)
  expect([core.getattr(inode, reader, out), out.size, read(reader), merged.see('c')]).toEqual([0, 1, 'c', -2])
})
