import { linkSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import type { OverlayOptions } from '../../../../src/mount/fuse/core/overlay-fs.js'
import { type DirWatch, openDirWatch, watchBits } from '../../../../src/os/dir-watch.js'
import { loadAddon } from '../../../../src/os/load-addon.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'
import { need, noRoot } from '../../../helpers/capability.js'
import { type CoreSession, coreSession } from '../../../helpers/core-session.js'

beforeEach((test) => need(test, noRoot()))

const [short, long, ever] = [700, 60_000, Number.POSITIVE_INFINITY]

interface Watched extends CoreSession {
  /** What the kernel is told after a change in the lower: names as `parent/name`, inodes as numbers. */
  told(): (string | number)[]
  /** How long an entry and its attributes may be kept; of a missing one the first alone. */
  kept(path: string): number[]
}

function watched(
  options: Partial<OverlayOptions> = {},
  wrap: (watch: DirWatch) => DirWatch = (watch) => watch,
): Watched {
  const addon = loadAddon()
  const watch = openDirWatch(addon)
  onTestFinished(() => addon.close(watch.fd))
  let said: (string | number)[] = []
  const session = coreSession({
    lowerValidMs: short,
    watchedValidMs: long,
    watch: wrap(watch),
    maxWatches: 100,
    onStale: (parent, name) => said.push(`${parent}/${name}`),
    onChanged: (node) => said.push(node),
    ...options,
  })
  const { core, node, out } = session
  return {
    ...session,
    told() {
      said = []
      core.refresh()
      return said
    },
    kept(path) {
      const cut = path.lastIndexOf('/')
      core.lookup(node(path.slice(0, Math.max(0, cut))), path.slice(cut + 1) as ByteString, out)
      return out.nodeid === 0 ? [out.entryValidMs] : [out.entryValidMs, out.validMs]
    },
  }
}

it('lets the kernel keep what is watched', () => {
  const { kept, core } = watched()
  expect([kept('a/b/a'), kept('none'), kept('a/b/d')]).toEqual([[long, long], [long], [long, long]])
  // Of a directory only when its own watch tells when something is made in it.
  expect([kept('d'), kept('a/b')]).toEqual([
    [long, short],
    [long, long],
  ])
  const opened = { fh: -1, keepCache: false }
  expect([core.opendir(1, opened), opened.keepCache]).toEqual([0, true])
})

it('tells of content, attributes, and a name that comes, goes or is replaced', () => {
  const { bed, node, kept, told, lower } = watched()
  const [file, other, dir] = [node('a/a'), node('c'), node('a')]
  kept('none')
  expect(told()).toEqual([])
  writeFileSync(`${bed.lower}/a/a`, 'more')
  lower.chmod('c', 0o600)
  expect(told()).toEqual([file, other])
  writeFileSync(`${bed.lower}/none`, '')
  expect(told()).toEqual(['1/none', 1])
  unlinkSync(`${bed.lower}/c`)
  expect(told()).toEqual(['1/c', other, 1])
  writeFileSync(`${bed.lower}/a/new`, 'x')
  renameSync(`${bed.lower}/a/new`, `${bed.lower}/a/a`)
  expect(told()).toEqual(expect.arrayContaining([`${dir}/a`, file, dir]))
  expect(node('a/a')).not.toBe(file)
})

it('knows a file by its birth as well: its number is soon that of another', () => {
  const { bed, node, merged } = watched()
  const link = node('a/b/d')
  for (let again = 0; again < 20; again += 1) {
    unlinkSync(`${bed.lower}/a/b/d`)
    symlinkSync(`to-${again}`, `${bed.lower}/a/b/d`)
  }
  expect([merged.see('a/b/d'), node('a/b/d') === link]).toMatchObject([{ content: 'to-19' }, false])
})

it('does not take another directory for the one that was looked up', () => {
  const { bed, core, node, out } = watched()
  const a = node('a')
  renameSync(`${bed.lower}/a`, `${bed.lower}/old`)
  renameSync(`${bed.lower}/b`, `${bed.lower}/a`)
  expect([core.lookup(a, 'c' as ByteString, out), out.nodeid, out.entryValidMs]).toEqual([0, 0, short])
  expect([core.lookup(node('a'), 'c' as ByteString, out), out.nodeid > 0]).toEqual([0, true])
})

it('tells of all below a directory that another took the place of', () => {
  const { bed, node, kept, told, merged, out } = watched()
  const [a, b, file] = [node('a'), node('a/b'), node('a/b/a')]
  renameSync(`${bed.lower}/a`, `${bed.lower}/old`)
  mkdirSync(`${bed.lower}/a/b`, { recursive: true })
  writeFileSync(`${bed.lower}/a/b/other`, '')
  expect(told()).toEqual(expect.arrayContaining(['1/old', '1/a', a, `${a}/b`, b, `${b}/a`, file, 1]))
  expect([merged.list('a/b'), merged.list('old/b')]).toEqual([['other'], ['a', 'c', 'd']])
  const numbers = ['a', 'old', 'a/b', 'old/b'].map((path) => node(path) && out.inoLow)
  expect(numbers).toEqual(['a', 'old', 'a/b', 'old/b'].map((path) => statSync(`${bed.lower}/${path}`).ino))
  // What is there now is watched, and so is what moved away.
  expect([kept('a/b/other'), kept('old/b/a')]).toEqual([
    [long, long],
    [long, long],
  ])
  writeFileSync(`${bed.lower}/a/b/more`, '')
  writeFileSync(`${bed.lower}/old/b/more`, '')
  expect(told()).toEqual(expect.arrayContaining([`${node('a/b')}/more`, `${node('old/b')}/more`]))
})

it('tells of what a directory of the session is merged with', () => {
  const { bed, node, kept, told, merged } = watched()
  merged.write('a/b/mine', 0o301, 0o644, 0, 'mine')
  const [a, b, file] = [node('a'), node('a/b'), node('a/b/a')]
  expect([kept('a/b'), kept('a/b/a')]).toEqual([
    [long, ever],
    [long, long],
  ])
  rmSync(`${bed.lower}/a/b`, { recursive: true })
  expect(told()).toEqual(expect.arrayContaining([`${a}/b`, b, `${b}/a`, file, a]))
  expect([merged.list('a/b'), kept('a/b/new'), kept('a/b')]).toEqual([['mine'], [ever], [long, ever]])
  mkdirSync(`${bed.lower}/a/b`)
  writeFileSync(`${bed.lower}/a/b/new`, '')
  // The missing name goes with that of its directory.
  expect(told()).toEqual(expect.arrayContaining([`${a}/b`, b, a]))
  expect([kept('a/b/new'), merged.list('a/b'), node('a/b')]).toEqual([[long, long], ['mine', 'new'], b])
})

it('says nothing of what the upper has', () => {
  const { bed, node, told, merged } = watched()
  node('a/a')
  merged.write('a/a', 1, 0, 0, 'mine')
  writeFileSync(`${bed.lower}/a/a`, 'theirs')
  expect(told()).toEqual([])
})

it('keeps what no watch tells of for a short time', () => {
  const { bed, kept, merged } = watched()
  linkSync(`${bed.lower}/c`, `${bed.lower}/d/c`)
  expect(kept('c')).toEqual([long, short])
  merged.rename('a/b', 'moved', 0)
  expect([kept('moved'), kept('moved/c')]).toEqual([
    [short, ever],
    [long, short],
  ])
})

it('watches no more than it may, and what the kernel forgets no longer', () => {
  const { kept, core, node, bed } = watched({ maxWatches: 2 })
  const held = [node('a'), node('a/a'), node('b')]
  expect([kept('a/a'), kept('b/a')]).toEqual([
    [long, long],
    [short, short],
  ])
  for (const id of [...held, ...held]) core.forget(id, 5)
  mkdirSync(`${bed.lower}/e`)
  writeFileSync(`${bed.lower}/e/f`, '')
  expect(kept('e/f')).toEqual([long, long])
})

it('watches nothing where the user has no watches left', () => {
  const { kept } = watched({}, (watch) => ({ ...watch, add: () => -28 }))
  expect([kept('a/a'), kept('none')]).toEqual([[short, short], [short]])
})

it('tells of everything when events were lost', () => {
  let lost = false
  const { node, kept, told } = watched({}, (watch) => ({
    ...watch,
    read: (tell) => {
      if (lost) tell(-1, watchBits.overflow, '' as ByteString)
      watch.read(tell)
    },
  }))
  const [a, file] = [node('a'), node('a/a')]
  kept('none')
  lost = true
  expect(told().sort()).toEqual(['1/none', '1/a', `${a}/a`, 1, a, file].sort())
})

it('drops what was read of a file that changed without a word, when it is opened', () => {
  const { bed, core, node, told } = watched({}, (watch) => ({ ...watch, read: () => undefined }))
  const file = node('c')
  const opened = { fh: -1, keepCache: false }
  const open = (): boolean => {
    core.open(file, 0, opened)
    core.release(opened.fh)
    return opened.keepCache
  }
  expect([open(), open()]).toEqual([false, true])
  writeFileSync(`${bed.lower}/c`, 'd')
  expect([open(), open(), told()]).toEqual([false, true, []])
})
