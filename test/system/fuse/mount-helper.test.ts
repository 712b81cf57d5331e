import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { bundleProgram } from '../../helpers/bundle-program.js'
import { need } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'

let program: string
beforeAll(async () => {
  program = await bundleProgram('src/mount/fuse/server/mount-main.ts')
})
afterAll(() => execFileSync('rm', ['-rf', dirname(program)]))
beforeEach((context) => need(context, noFuse()))

interface Bed {
  readonly top: string
  /** As mount(8) calls its helper. */
  mount(options: string): { readonly status: number | null; readonly stderr: string }
  sh(script: string): string
}

function bed(uid: number): Bed {
  const top = mkdtempSync(join(tmpdir(), 'oa-helper-'))
  onTestFinished(() => {
    spawnSync('umount', ['-l', join(top, 'm')])
    execFileSync('rm', ['-rf', '--one-file-system', top])
  })
  for (const name of ['low', 'base', 'up', 'work', 'm']) {
    mkdirSync(join(top, name))
    chownSync(join(top, name), uid, uid)
  }
  chmodSync(top, 0o755)
  writeFileSync(join(top, 'low/both'), 'low')
  writeFileSync(join(top, 'base/both'), 'base')
  writeFileSync(join(top, 'base/deep'), 'deep')
  const user = { uid, gid: uid, encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' } as const
  return {
    top,
    mount: (options) => spawnSync(process.execPath, [program, 'my:source', 'm', '-o', options], { ...user, cwd: top }),
    sh: (script) => {
      const { stdout, stderr } = spawnSync('sh', ['-c', script], { ...user, cwd: top })
      return stdout + stderr
    },
  }
}

test.each([
  ['root', 0],
  ['a plain user', accountUser],
] as const)('mounts two lowers and an upper for %s', (_who, uid) => {
  const { mount, sh } = bed(uid)
  expect(mount('rw,noatime,lowerdir=low:base,upperdir=up,workdir=work')).toMatchObject({ status: 0, stderr: '' })
  expect(sh('cat m/both m/deep; echo new >m/made; rm m/deep; ls m; cat up/made')).toBe('lowdeepboth\nmade\nnew\n')
  expect(sh('grep " $PWD/m " /proc/mounts')).toMatch(/^my:source .* fuse.openagentic-overlay rw,.*noatime/)
})

test('lowers alone are read only', () => {
  const { mount, sh } = bed(0)
  expect(mount('lowerdir=low:base').status).toBe(0)
  expect(sh('cat m/both; touch m/x 2>&1; touch m/both')).toMatch(/^low.*Read-only file system.*Read-only file system/s)
})

test('says what is wrong, with the status that mount(8) has for it', () => {
  const { mount } = bed(0)
  expect(mount('upperdir=up,workdir=work')).toMatchObject({ status: 1, stderr: expect.stringContaining('lowerdir=') })
  const missing = mount('lowerdir=nowhere')
  expect(missing).toMatchObject({ status: 32, stderr: expect.stringContaining('ENOENT') })
})
