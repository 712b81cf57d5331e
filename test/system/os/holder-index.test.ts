import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parseDirectoryIndex } from '../../../src/fingerprint/directory-index.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { need, noRoot } from '../../helpers/capability.js'
import { deepTree } from '../../helpers/deep-tree.js'
import { type HolderBed, holderBed, mount, plainUser, raw, run } from '../../helpers/holder.js'
import { scratch } from '../../helpers/scratch.js'

/** How long a poll may take on a busy machine. */
const patience = { timeout: 20_000 }

beforeEach((context) => need(context, noRoot()))

/** A bed with a place for the index that its user may write to. */
function indexBed(user: number): HolderBed {
  const bed = holderBed(user)
  mkdirSync(`${bed.dir}/record`, { mode: 0o700 })
  chownSync(`${bed.dir}/record`, user, user)
  return bed
}

function keys({ dir }: HolderBed): Record<string, string> {
  return { 'index-root': `${dir}/low`, 'index-file': fileOf(dir), 'index-skip': '.own' }
}

function fileOf(dir: string): string {
  return `${dir}/record/directories`
}

function indexPlan(bed: HolderBed, more: Record<string, string> = {}): Buffer {
  const lines = Object.entries({ ...keys(bed), ...more }).map(([key, value]) => `${key}=${value}\0`)
  return raw(lines.join(''))
}

/** Makes directories in the lower one, as its owner; bytes, one char each. */
function make({ dir, user }: HolderBed, script: string): void {
  execFileSync('sh', ['-e'], { input: raw(`cd ${dir}/low\n${script}`), uid: user, gid: user })
}

function noted({ dir }: HolderBed): Map<string, unknown> {
  return new Map(parseDirectoryIndex(readFileSync(fileOf(dir))))
}

/** The same by Node's own calls. */
function real({ dir }: HolderBed, paths: readonly string[]): Map<string, unknown> {
  return new Map(
    paths.map((path) => {
      const { ino, ctimeNs } = lstatSync(raw(`${dir}/low/${path}`), { bigint: true })
      return [path, { ino, ctimeNs }]
    }),
  )
}

describe('a project of 20,000 directories', () => {
  let large = ''
  beforeAll(() => {
    if (noRoot() !== undefined) return
    // In memory: most of the time would go into making and removing it.
    large = mkdtempSync('/dev/shm/overlay-test-')
    chmodSync(large, 0o755)
    const script = 'seq -f %03g 0 199 | while read -r top; do seq -f $top/%02g 0 98; done | xargs mkdir -p'
    execFileSync('sh', ['-ec', script], { cwd: large })
  })
  afterAll(() => rmSync(large, { recursive: true, force: true }))

  test.for([0, plainUser])('user %i has it noted after the answer, in little memory', async (user) => {
    const bed = indexBed(user)
    const pid = mount(bed, { ...keys(bed), 'index-root': large })
    await expect.poll(() => existsSync(fileOf(bed.dir)), patience).toBe(true)
    expect(noted(bed).size).toBe(20_000)
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    expect(open.sort()).toEqual(['/dev/null', '/dev/null', '/dev/null', `${bed.dir}/lock`])
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(5000)
  })

  test('SIGTERM ends it, and nothing of it stays', async () => {
    const bed = indexBed(plainUser)
    const input = indexPlan(bed, { 'index-root': large })
    let signal = await stopInTheMiddle(bed, input)
    // It was through before the signal came: once more.
    for (; existsSync(fileOf(bed.dir)); signal = await stopInTheMiddle(bed, input)) rmSync(fileOf(bed.dir))
    expect(signal).toBe('SIGTERM')
    expect(readdirSync(`${bed.dir}/record`)).toEqual([])
  })

  test('a holder that is told to end while it looks at it does', async () => {
    const bed = indexBed(plainUser)
    const pid = mount(bed, { ...keys(bed), 'index-root': large })
    process.kill(pid, 'SIGTERM')
    await expect.poll(() => existsSync(`/proc/${pid}`), patience).toBe(false)
    expect(existsSync(`${fileOf(bed.dir)}.tmp`)).toBe(false)
  })
})

describe.each([
  { who: 'root', user: 0 },
  { who: 'a plain user', user: plainUser },
])('as $who', ({ user }) => {
  test('notes every directory, once', () => {
    const bed = indexBed(user)
    make(
      bed,
      "mkdir -p a/b/c d .own/deep a/.own '\xff\xfe' 'new\nline/ x'; touch a/f; ln -s a l; ln -s / a/out; mkfifo p",
    )
    expect(run(bed, ['index'], indexPlan(bed))).toMatchObject({ answer: { ok: true }, status: 0 })
    const paths = ['a', 'a/b', 'a/b/c', 'd', 'a/.own', '\xff\xfe', 'new\nline', 'new\nline/ x']
    expect(noted(bed)).toEqual(real(bed, paths))
    expect(readFileSync(fileOf(bed.dir), 'latin1').split('\0')).toHaveLength(paths.length + 1)
    expect(lstatSync(fileOf(bed.dir))).toMatchObject({ mode: 0o100600, uid: user })
    expect(readdirSync(`${bed.dir}/record`)).toEqual(['directories'])
  })
})

test('leaves out what its user cannot read', () => {
  const bed = indexBed(plainUser)
  make(bed, 'mkdir -p closed/below passable/below open/below; chmod 0 closed; chmod 0311 passable')
  expect(run(bed, ['index'], indexPlan(bed)).answer).toMatchObject({ ok: true })
  expect(noted(bed)).toEqual(real(bed, ['open', 'open/below']))
})

test('goes into no other mount', () => {
  const bed = indexBed(0)
  make(bed, 'mkdir -p a/b point; mount --bind a point')
  onTestFinished(() => void execFileSync('umount', [`${bed.dir}/low/point`]))
  run(bed, ['index'], indexPlan(bed))
  expect(noted(bed)).toEqual(real(bed, ['a', 'a/b']))
})

test('a tree that is too deep is left out from some level on', () => {
  const bed = indexBed(0)
  make(bed, 'mkdir -p deep z/y')
  const { ops } = scratch()
  const root = ops.openRoot(absPath(`${bed.dir}/low/deep`))
  // Its path is longer than PATH_MAX.
  deepTree({ ops, root }, 3000, [])
  ops.close(root)
  expect(run(bed, ['index'], indexPlan(bed)).answer).toMatchObject({ ok: true })
  const found = noted(bed)
  expect(found.size).toBeGreaterThan(200)
  expect([...found.keys()]).toEqual(expect.arrayContaining(['deep', 'z', 'z/y']))
})

test.each([
  ['index-root', 'ENOENT', (bed: HolderBed) => rmSync(`${bed.dir}/low`, { recursive: true })],
  ['index-file', 'ENOENT', (bed: HolderBed) => rmSync(`${bed.dir}/record`, { recursive: true })],
  ['index-file', 'EEXIST', (bed: HolderBed) => mkdirSync(`${fileOf(bed.dir)}.tmp`)],
])('names what failed: %s %s', (step, errno, spoil) => {
  const bed = indexBed(0)
  spoil(bed)
  expect(run(bed, ['index'], indexPlan(bed))).toMatchObject({ answer: { ok: false, step, errno }, status: 1 })
})

async function stopInTheMiddle(bed: HolderBed, input: Uint8Array): Promise<NodeJS.Signals | null> {
  const { program, user } = bed
  const child: ChildProcess = spawn(program, ['index'], { uid: user, gid: user, stdio: ['pipe', 'ignore', 'inherit'] })
  const end = once(child, 'exit')
  child.stdin?.end(input)
  while (readdirSync(`${bed.dir}/record`).length === 0 && child.exitCode === null) await new Promise(setImmediate)
  child.kill('SIGTERM')
  const [, signal] = await end
  return signal as NodeJS.Signals | null
}
