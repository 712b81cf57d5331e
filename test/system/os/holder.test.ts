import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createMachine } from '../../../src/os/system-machine.js'
import { asUser } from '../../helpers/as-user.js'
import { need, noRoot } from '../../helpers/capability.js'
import { type HolderBed, holderBed, merged, mount, plainUser, plan, raw, run } from '../../helpers/holder.js'

const machine = createMachine(loadAddon())
/** How long a poll may take on a busy machine. */
const patience = { timeout: 20_000 }

beforeEach((context) => need(context, noRoot()))

/** What a holder has open, once it has let go of the pipe to whoever started it. */
function openIn(pid: number): string[] {
  const fds = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return []
    }
  })
  return fds.sort()
}

function mountOf({ dir }: HolderBed, pid: number | 'self') {
  return machine.mountInfo(pid).find(({ mountPoint }) => mountPoint === `${dir}/merged`)
}

describe.each([
  { who: 'root', user: 0 },
  { who: 'a plain user', user: plainUser },
])('as $who', ({ user }) => {
  test('mounts, answers, and stays with the lock alone', async () => {
    const bed = holderBed(user)
    asUser(user, () => writeFileSync(`${bed.dir}/low/file`, 'base'))
    const pid = mount(bed)
    expect(mountOf(bed, pid)).toMatchObject({ fsType: 'overlay' })
    expect(mountOf(bed, pid)?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
    expect(mountOf(bed, 'self') !== undefined).toBe(user === 0)

    asUser(user, () => {
      expect(readFileSync(`${merged(bed, pid)}/file`, 'utf8')).toBe('base')
      writeFileSync(`${merged(bed, pid)}/file`, 'session')
    })
    expect(readFileSync(`${bed.dir}/low/file`, 'utf8')).toBe('base')
    expect(readFileSync(`${bed.dir}/up/file`, 'utf8')).toBe('session')

    await expect.poll(() => openIn(pid), patience).toEqual(['/dev/null', '/dev/null', '/dev/null', `${bed.dir}/lock`])
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(5000)
    // Its own session, without a terminal.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')
    expect(fields?.slice(3, 5)).toEqual([String(pid), '0'])
  })

  test('refuses a second mount while the lock is held', () => {
    const bed = holderBed(user)
    const pid = mount(bed)
    const busy = { ok: false, step: 'lock', errno: 'EAGAIN' }
    expect(run(bed, ['mount'], plan(bed))).toMatchObject({ answer: busy, status: 1 })
    expect(run(bed, ['probe'], plan(bed)).answer).toMatchObject(busy)
    expect(run(bed, ['keep'], raw(`lock=${bed.dir}/lock\0`)).answer).toMatchObject(busy)
    expect(machine.processStart(pid)).toBeDefined()
  })

  test('unmounts unless busy, and only in the process that was meant', async () => {
    const bed = holderBed(user)
    const pid = mount(bed)
    const target = raw(`${bed.dir}/merged`)
    const unmount = (...options: string[]) => run(bed, ['unmount', ...options], target).answer
    const start = machine.processStart(pid) as bigint
    expect(unmount('--pid', `${pid}`, '--start', `${start + 1n}`)).toMatchObject({ ok: false, step: 'process' })
    expect(mountOf(bed, pid)).toBeDefined()
    const held = asUser(user, () => openSync(merged(bed, pid), 'r'))
    expect(unmount('--pid', `${pid}`, '--start', `${start}`)).toMatchObject({ step: 'unmount', errno: 'EBUSY' })
    closeSync(held)
    expect(unmount('--pid', `${pid}`, '--start', `${start}`)).toEqual({ ok: true, pid })
    expect(mountOf(bed, pid)).toBeUndefined()
    expect(unmount('--pid', `${pid}`)).toMatchObject({ step: 'unmount', errno: 'EINVAL' })
    machine.signal(pid, 'SIGTERM')
    await expect.poll(() => machine.processStart(pid), patience).toBeUndefined()
    expect(unmount('--pid', `${pid}`)).toMatchObject({ step: 'process' })
  })

  test('the lock is free again when the holder is killed', async () => {
    const bed = holderBed(user)
    const pid = mount(bed)
    machine.signal(pid, 'SIGKILL')
    await expect.poll(() => machine.processStart(pid), patience).toBeUndefined()
    if (user === 0) execFileSync('umount', [`${bed.dir}/merged`])
    expect(mount(bed)).not.toBe(pid)
  })

  test('probe tries everything and leaves nothing', () => {
    const bed = holderBed(user)
    writeFileSync(`${bed.dir}/low/file`, '')
    expect(run(bed, ['probe'], plan(bed))).toMatchObject({ answer: { ok: true }, status: 0 })
    expect(mountOf(bed, 'self')).toBeUndefined()
    expect(readdirSync(`${bed.dir}/up`)).toEqual([])
    expect(readdirSync(`${bed.dir}/low`)).toEqual(['file'])
  })

  test.each([
    ['lower', { lower: '/no/such/dir' }, 'ENOENT'],
    ['upper', { upper: '/proc/version' }, 'ENOTDIR'],
    ['target', { target: '/no/such/dir' }, 'ENOENT'],
    ['lock', { lock: '/no/such/lock' }, 'ENOENT'],
    ['option', { option: 'colour=red' }, 'EINVAL'],
    ['plan', { flag: 'shiny' }, null],
    ['plan', { target: 'relative' }, null],
    ['plan', { upper: undefined }, null],
  ])('names the step that fails: %s %o', (step, wrong, errno) => {
    const bed = holderBed(user)
    expect(run(bed, ['mount'], plan(bed, wrong))).toMatchObject({ answer: { ok: false, step, errno }, status: 1 })
    expect(mountOf(bed, 'self')).toBeUndefined()
  })

  test('says what the kernel says', () => {
    const bed = holderBed(user)
    const { answer } = run(bed, ['mount'], plan(bed, { option: 'colour=red' }))
    expect(answer).toHaveProperty('message', expect.stringContaining("'colour'"))
    expect(run(bed, ['mount'], plan(bed, { work: '/dev/shm' })).answer).toMatchObject({
      step: 'create',
      errno: 'EINVAL',
    })
  })

  test.each([
    'a:b',
    'a,b',
    'a\\b',
    'a\\:b,\\,c=d',
    ' sp ace ',
    'new\nline',
    '\xff\xfe',
    '\\054',
    '"\'$`*',
    'x'.repeat(250),
  ])('mounts below %j, by descriptor and by path', (name) => {
    for (const layers of ['auto', 'path']) {
      const bed = holderBed(user, name)
      writeFileSync(raw(`${bed.dir}/low/file`), '')
      const pid = mount(bed, { layers })
      asUser(user, () => writeFileSync(raw(`${merged(bed, pid)}/new`), ''))
      expect(readdirSync(raw(`${bed.dir}/up`))).toEqual(['new'])
      expect(mountOf(bed, pid)).toBeDefined()
    }
  })

  test('takes several lower directories, the topmost first', () => {
    const bed = holderBed(user)
    writeFileSync(`${bed.dir}/low/file`, 'bottom')
    writeFileSync(`${bed.dir}/work/file`, 'top')
    for (const layers of ['auto', 'path']) {
      const more = { lower: [`${bed.dir}/top`, `${bed.dir}/low`], layers, lock: undefined }
      execFileSync('sh', ['-c', 'rm -rf "$1/top"; cp -a "$1/work" "$1/top"; rm -rf "$1/work/work"', 'sh', bed.dir])
      const pid = mount(bed, more)
      expect(asUser(user, () => readFileSync(`${merged(bed, pid)}/file`, 'utf8'))).toBe('top')
      run(bed, ['unmount', '--pid', String(pid)], raw(`${bed.dir}/merged`))
    }
  })
})

test('a plain user cannot mount outside a user namespace', () => {
  const bed = holderBed(plainUser)
  expect(run(bed, ['mount'], plan(bed, { userns: '0' })).answer).toMatchObject({ step: 'fsopen', errno: 'EPERM' })
})

test.each(['auto', 'path'])(
  'covers the directory of its target, also that of its layers, in its namespace only: %s',
  (layers) => {
    const bed = holderBed(plainUser)
    writeFileSync(`${bed.dir}/low/file`, 'base')
    const records = { target: `${bed.dir}/shown`, cover: bed.dir, layers }
    expect(run(bed, ['probe'], plan(bed, records)).answer).toMatchObject({ ok: true })
    const pid = mount(bed, records)
    asUser(plainUser, () => {
      const root = `/proc/${pid}/root${bed.dir}`
      expect(readdirSync(root)).toEqual(['shown'])
      expect(readFileSync(`${root}/shown/file`, 'utf8')).toBe('base')
      writeFileSync(`${root}/shown/new`, '')
    })
    expect(readdirSync(`${bed.dir}/up`)).toEqual(['new'])
    expect(readdirSync(bed.dir)).not.toContain('shown')
    const unmount = () => run(bed, ['unmount', '--pid', String(pid)], raw(records.target)).answer
    expect(unmount()).toEqual({ ok: true, pid })
    expect(unmount()).toMatchObject({ step: 'unmount', errno: 'EINVAL' })
  },
)

test('covers nothing where everybody would see it', () => {
  const bed = holderBed(0)
  expect(run(bed, ['mount'], plan(bed, { cover: bed.dir })).answer).toMatchObject({ step: 'plan' })
})

test('another user reaches neither merged nor the holder', () => {
  const bed = holderBed(plainUser)
  const pid = mount(bed)
  asUser(plainUser + 1, () => {
    expect(() => readdirSync(merged(bed, pid))).toThrow('EACCES')
    expect(() => machine.signal(pid, 'SIGTERM')).toThrow('EPERM')
  })
  const other = { ...bed, user: plainUser + 1 }
  expect(run(other, ['unmount', '--pid', String(pid)], raw(`${bed.dir}/merged`)).answer).toMatchObject({ ok: false })
  expect(mountOf(bed, pid)).toBeDefined()
})

test('keeps the ids of its user, and none else', () => {
  const bed = holderBed(plainUser)
  const pid = mount(bed)
  const map = readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)
  expect(map).toEqual([String(plainUser), String(plainUser), '1'])
  expect(readFileSync(`/proc/${pid}/setgroups`, 'utf8').trim()).toBe('deny')
})

test('an inherited descriptor may be the lock', async () => {
  const bed = holderBed(0)
  const input = plan(bed, { lock: undefined, lockfd: '7' })
  const command = `exec 7>"$1/lock" 8>/dev/null; exec "$2" mount`
  writeFileSync(`${bed.dir}/plan`, input)
  const line = execFileSync('sh', ['-c', `${command} < "$1/plan"`, 'sh', bed.dir, bed.program], { encoding: 'utf8' })
  const { pid } = JSON.parse(line) as { pid: number }
  try {
    await expect.poll(() => openIn(pid), patience).toEqual(['/dev/null', '/dev/null', '/dev/null', `${bed.dir}/lock`])
    expect(run(bed, ['mount'], plan(bed)).answer).toMatchObject({ step: 'lock' })
  } finally {
    run(bed, ['unmount', '--pid', String(pid)], raw(`${bed.dir}/merged`))
    machine.signal(pid, 'SIGKILL')
  }
})

test.each([[[]], [['other']], [['probe', 'more']], [['unmount']], [['unmount', '--pid', 'x']]])(
  'shows how it is called: %j',
  (args) => {
    const bed = holderBed(0)
    expect(run(bed, args, Buffer.alloc(0))).toMatchObject({ answer: undefined, status: 2 })
  },
)
