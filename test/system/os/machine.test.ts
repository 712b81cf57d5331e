import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { loadAddon } from '../../../src/os/load-addon.js'
import { createMachine } from '../../../src/os/system-machine.js'
import { need, noRoot } from '../../helpers/capability.js'
import { bytes, codeOf, scratch } from '../../helpers/scratch.js'

const machine = createMachine(loadAddon())
/** Above every process id. */
const nobody = 2 ** 30
/** How long a poll may take on a busy machine. */
const patience = { timeout: 20_000 }

test("the clocks are the kernel's", () => {
  const before = BigInt(Date.now() - 1) * 1_000_000n
  const now = machine.realtimeNs()
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(BigInt(Date.now() + 1) * 1_000_000n)
  const first = machine.boottimeNs()
  expect(machine.boottimeNs()).toBeGreaterThanOrEqual(first)
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  expect(Math.abs(Number(first) / 1e9 - uptime)).toBeLessThan(5)
  expect(machine.bootId()).toMatch(/^[0-9a-f-]{36}$/)
})

test('a process has one start time, and none when it has ended', async () => {
  const child = spawn('sleep', ['60'])
  const pid = child.pid as number
  const start = machine.processStart(pid)
  expect(start).toBeGreaterThan(machine.processStart(1) as bigint)
  expect(machine.processStart(pid)).toBe(start)
  expect(machine.signal(pid, 'SIGKILL')).toBe(true)
  await once(child, 'exit')
  expect(machine.processStart(pid)).toBeUndefined()
  expect(machine.processStart(nobody)).toBeUndefined()
  expect(machine.signal(nobody, 'SIGTERM')).toBe(false)
})

test('a process with an odd name has a start time', async () => {
  const { path } = scratch()
  copyFileSync('/bin/sleep', `${path}/a ) (b`)
  const child = spawn(`${path}/a ) (b`, ['60'])
  onTestFinished(() => end(child))
  await once(child, 'spawn')
  expect(machine.processStart(child.pid as number)).toBeGreaterThan(0n)
})

test('an ended process that nobody has waited for counts as none', async () => {
  // The child ends when its parent is no shell any more, but a sleep, which waits for nobody.
  const parent = spawn('sh', ['-c', '(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60'])
  onTestFinished(() => end(parent))
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(String(line))
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), patience).toMatch(/\) Z /)
  expect(machine.processStart(pid)).toBeUndefined()
})

test('the table of mounts holds the root and odd names', (context) => {
  need(context, noRoot())
  const { ops, root, path } = scratch()
  const odd = 'a b\tc\nd\\e#\xff'
  mkdirSync(Buffer.from(`${path}/${odd}`, 'latin1'))
  execFileSync('sh', ['-c', `mount -t tmpfs 'so urce' "$1"/a*`, 'sh', path])
  try {
    const found = machine.mountInfo('self').find(({ mountPoint }) => mountPoint === `${path}/${odd}`)
    const stat = ops.stat(root, odd as never)
    expect(found).toMatchObject({ id: stat?.mountId, dev: stat?.dev, fsType: 'tmpfs', source: 'so urce', root: '/' })
    expect(found?.options).toContain('rw')
    expect(machine.mountInfo('self').some(({ mountPoint }) => mountPoint === '/')).toBe(true)
  } finally {
    execFileSync('sh', ['-c', 'umount "$1"/a*', 'sh', path])
  }
  expect(codeOf(() => machine.mountInfo(nobody))).toBe('ENOENT')
})

test('mountUsers finds who keeps a mount busy, and why', async (context) => {
  need(context, noRoot())
  const { ops, root, path } = scratch()
  ops.mkdir(root, bytes('mounted'), 0o755)
  const at = `${path}/mounted`
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', at])
  onTestFinished(() => void execFileSync('umount', [at]))
  const { mountId, dev } = ops.stat(root, bytes('mounted')) ?? { mountId: 0n, dev: 0n }
  expect(machine.mountUsers({ mountId })).toEqual([])

  copyFileSync('/bin/sleep', `${at}/busy one`)
  execFileSync('chmod', ['755', `${at}/busy one`])
  const running = spawn(`${at}/busy one`, ['60'], { cwd: at })
  await expect.poll(() => readlinkSync(`/proc/${running.pid}/exe`), patience).toBe(`${at}/busy one`)
  const expected = { pid: running.pid, command: 'busy one', uses: ['cwd', 'exe', 'map'] }
  expect(machine.mountUsers({ mountId })).toEqual([expected])
  expect(machine.mountUsers({ dev })).toEqual([expected])
  await end(running)

  writeFileSync(`${at}/file`, '')
  const fd = openSync(`${at}/file`, 'r')
  expect(machine.mountUsers({ mountId })).toMatchObject([{ pid: process.pid, uses: ['fd'] }])
  closeSync(fd)
  expect(machine.mountUsers({ mountId })).toEqual([])
})

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
