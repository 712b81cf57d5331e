import { execFileSync } from 'node:child_process'
import { closeSync, constants, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { reviewSession } from '../../../src/commit/review-session.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { makePlaces, places } from '../../helpers/file-systems.js'
import { openScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'

const ports = systemPorts()
const kernel = backends.find(({ name }) => name === 'kernel') as OverlayBackend
/** To read a hole of that size, or to fill it, would take minutes. */
const terabyte = 2 ** 40
const ends = [0, terabyte / 2, terabyte - 5]

function write(path: string, at: number, text: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT)
  ftruncateSync(fd, terabyte)
  writeSync(fd, text, at)
  closeSync(fd)
}

function read(path: string, at: number): string {
  const fd = openSync(path, 'r')
  const buffer = Buffer.alloc(5)
  const length = readSync(fd, buffer, 0, 5, at)
  closeSync(fd)
  return buffer.toString('latin1', 0, length)
}

/** The largest block of these file systems, bytes: where they differ, a hole is as large as its blocks. */
const block = 4096

/** Where data lies, as another program sees it. */
function layout(path: string): string {
  const map = execFileSync('xfs_io', ['-r', '-c', 'seek -a -r 0', path], { encoding: 'utf8' })
  return map.replace(/(DATA|HOLE)\t(\d+)/g, (_, what: string, offset: string) => {
    const blocks = Number(offset) / block
    return `${what} ${(what === 'DATA' ? Math.floor(blocks) : Math.ceil(blocks)) * block}`
  })
}

it.for(places)('commits files of 1 TB in the time of their data, holes kept, on $name', async (place, context) => {
  const at = makePlaces(context, place, ['xfs_io'])
  const before = (project: string): void => {
    for (const name of ['edited', 'same', 'moved', 'removed', 'chmod']) {
      for (const each of ends) write(`${project}/${name}`, each, 'start')
    }
  }
  const scratch = await openScratchSession({ ports, backend: kernel, ...at, before })
  const { merged, project, session } = scratch
  write(`${merged}/edited`, terabyte / 2, 'other')
  write(`${merged}/same`, terabyte / 2, 'start')
  execFileSync('sh', ['-ec', 'mv moved away; rm removed; chmod 600 chmod'], { cwd: merged })
  for (const [index, each] of ends.entries()) write(`${merged}/new${index}`, each, 'fresh')
  write(`${merged}/hole`, 0, '')
  await scratch.unmount()
  const upper = new Map(
    ['edited', 'new0', 'new1', 'new2', 'hole'].map((name) => [name, layout(`${session.upper}/${name}`)]),
  )

  const looked = await reviewSession(ports, session)
  expect(looked.changeSet.changes.map(({ path, kind }) => `${kind} ${path}`)).toEqual(
    ['rename away', 'metadata chmod', 'modify edited', 'create hole', 'delete moved'].concat([
      'create new0',
      'create new1',
      'create new2',
      'delete removed',
      'metadata same',
    ]),
  )
  // By now only the content can prove that these are as they were.
  execFileSync('touch', ['edited', 'removed', 'moved'], { cwd: project })
  expect((await reviewSession(ports, session)).conflicts).toEqual([])
  await commitSession(ports, session)

  for (const [name, map] of upper) expect({ name, map: layout(`${project}/${name}`) }).toEqual({ name, map })
  for (const name of ['edited', 'same', 'away', 'chmod']) {
    expect(ends.map((each) => read(`${project}/${name}`, each))).toEqual([
      'start',
      name === 'edited' ? 'other' : 'start',
      'start',
    ])
    expect(statSync(`${project}/${name}`)).toMatchObject({ size: terabyte, blocks: expect.toSatisfy((n) => n < 32768) })
  }
  for (const [index, each] of ends.entries()) expect(read(`${project}/new${index}`, each)).toBe('fresh')
  expect((await reviewSession(ports, session)).changeSet.changes).toEqual([])
})

it.for(places.filter(({ layers, project }) => layers === undefined && ['xfs', 'btrfs'].includes(project)))(
  'shares what it commits with the session, on $name',
  async (place, context) => {
    const at = makePlaces(context, place, ['filefrag'])
    const scratch = await openScratchSession({ ports, backend: kernel, ...at, before: () => undefined })
    execFileSync('sh', ['-c', 'yes | head -c 3000000 > new; sync'], { cwd: scratch.merged })
    await scratch.unmount()
    await commitSession(ports, scratch.session)
    execFileSync('sync', ['-f', scratch.project])
    const extents = execFileSync('filefrag', ['-v', `${scratch.project}/new`], { encoding: 'utf8' })
    const rows = extents.split('\n').filter((line) => /^ *\d+:/.test(line))
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row).toContain('shared')
  },
)
