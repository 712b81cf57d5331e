import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { need } from '../../helpers/capability.js'
import { accountUser, dropFuseBundle, fuseBed, noFuse } from '../../helpers/fuse-bed.js'

beforeEach((context) => need(context, noFuse()))
afterAll(dropFuseBundle)

const ways = [
  ['root, with a writeback cache', 0, true],
  ['root, without', 0, false],
  ['a plain user, by fusermount3', accountUser, true],
] as const

describe.each(ways)('served for %s', (_name, uid, writeback) => {
  test('names, content and attributes come back as they went', async () => {
    const bed = await fuseBed(uid, writeback)
    const done = bed.sh(`
      echo hello >a && mkdir d && ln -s target l && ln a b && mv a d/ && mkfifo p
      touch -d '1965-01-01 00:00:00.123456789Z' b && chmod 640 b && setfattr -n user.x -v value b
      cat d/a && readlink l && TZ=UTC stat -c '%A %h %s %.9Y' b && getfattr --only-values -n user.x b && echo
      stat -c %F p && ls && ls d && stat -f -c '%b %f %a' .`)
    expect(done.stderr).toBe('')
    expect(done.stdout.split('\n')).toEqual([
      'hello',
      'target',
      '-rw-r----- 2 6 -157766399.876543211',
      'value',
      'fifo',
      ...['b', 'd', 'l', 'p'],
      'a',
      '1000 500 400',
      '',
    ])
  })

  test('large content, appended to, cut and copied', async () => {
    const bed = await fuseBed(uid, writeback)
    const done = bed.sh(`
      head -c 5000000 /dev/urandom >one && cp one two && cmp one two && cat two >>one && stat -c %s one
      truncate -s 123 one && cmp -n 123 one two && truncate -s 4096 one && tail -c +124 one | tr -d '\\0' | wc -c
      printf x | dd of=two bs=1 seek=4999999 conv=notrunc status=none && tail -c 1 two && fallocate -l 6000000 two && stat -c %s two`)
    expect(done.stderr).toBe('')
    expect(done.stdout).toBe('10000000\n0\nx6000000\n')
  })

  test('thousands of names are all listed, and errors are told', async () => {
    const bed = await fuseBed(uid, writeback)
    const made = bed.sh('i=0; while [ $i -lt 3000 ]; do : >name-$i; i=$((i+1)); done; ls | wc -l; ls -l | wc -l')
    expect(made.stdout).toBe('3000\n3001\n')
    for (const [script, error] of [
      ['cat nothing', 'No such file'],
      ['mkdir name-1', 'File exists'],
      ['mkdir d && : >d/f && rmdir d', 'not empty'],
      ['getfattr -n user.none name-1', 'No such attribute'],
    ]) {
      expect(bed.sh(script as string).stderr).toContain(error)
    }
  })

  test('ends by itself when it is unmounted, and what the kernel forgot is forgotten', async () => {
    const bed = await fuseBed(uid, writeback)
    bed.sh('for i in 1 2 3 4 5; do : >$i; done; ls -l; rm 1 2 3')
    bed.unmount()
    const said = await bed.ended
    expect(said).toEqual([{ known: expect.any(Number) }])
    expect(said[0]?.known).toBeLessThanOrEqual(2)
    expect(bed.server.exitCode).toBe(0)
  })
})

test('others are answered while a copy-up takes long', async () => {
  const bed = await fuseBed(0, true)
  bed.sh(': >slow; : >quick')
  const writer = spawn('sh', ['-c', 'echo x >>slow'], { cwd: bed.mount })
  const exit = once(writer, 'exit')
  // Attributes of the same file may change only after it; others need not wait.
  const chmod = spawn('chmod', ['600', 'slow'], { cwd: bed.mount })
  const chmodExit = once(chmod, 'exit')
  const others = bed.sh('for i in 1 2 3 4 5; do cat quick >/dev/null && echo y >>quick; done; wc -l <quick; cat slow')
  expect(others).toMatchObject({ stdout: '5\n', stderr: '' })
  await sleep(50)
  expect([writer.exitCode, chmod.exitCode]).toEqual([null, null])
  bed.sh(': >go')
  expect(await exit).toEqual([0, null])
  expect(await chmodExit).toEqual([0, null])
  expect(bed.sh('cat slow; stat -c %a slow').stdout).toBe('x\n600\n')
})

test('a writer that is killed waits no longer', async () => {
  const bed = await fuseBed(0, true)
  bed.sh(': >slow')
  const writer = spawn('sh', ['-c', 'echo x >>slow'], { cwd: bed.mount })
  const exit = once(writer, 'exit')
  await sleep(50)
  writer.kill('SIGKILL')
  expect(await exit).toEqual([null, 'SIGKILL'])
  expect(bed.sh(': >go; echo y >>slow; cat slow').stdout).toBe('y\n')
})

test('a server that was killed leaves its clients an error, and the mount can be taken away', async () => {
  const bed = await fuseBed(0, true)
  bed.sh('echo x >f')
  bed.server.kill('SIGKILL')
  await bed.ended
  expect(() => statSync(bed.mount)).toThrow(/ENOTCONN/)
})
