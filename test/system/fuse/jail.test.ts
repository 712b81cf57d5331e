import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'
import { accountUser, fuseBed, noFuse } from '../../helpers/fuse-bed.js'
import { noJail, runInJail } from '../../helpers/same-calls/jail.js'

const users = [0, accountUser]
beforeEach((context) => need(context, noFuse() ?? noProgram('bwrap') ?? noJail(0) ?? noJail(accountUser)))

function directory(uid: number): string {
  const path = mkdtempSync(join(tmpdir(), 'oa-jail-'))
  onTestFinished(() => {
    execFileSync('rm', ['-rf', '--one-file-system', path])
  })
  mkdirSync(join(path, 'own'))
  for (const one of [path, join(path, 'own')]) chownSync(one, uid, uid)
  return path
}

test.each(users)('user %i writes the directory and nothing else', (uid) => {
  const top = directory(uid)
  const { stdout, stderr } = runInJail(join(top, 'own'), 'pwd; echo x >in; cat in; touch ../out /tmp/out /out', { uid })
  expect(stdout).toBe(`${top}/own\nx\n`)
  expect(stderr.match(/Read-only file system/g)).toHaveLength(3)
  expect(existsSync(join(top, 'own/in'))).toBe(true)
  expect(existsSync(join(top, 'out'))).toBe(false)
})

test.each(users)('nothing of a script runs for user %i where the directory is gone', (uid) => {
  const top = directory(uid)
  const { status, stdout, stderr } = runInJail(join(top, 'gone'), `echo ran; touch ${top}/ran`, { uid })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^bwrap: .*gone/)
  expect(existsSync(join(top, 'ran'))).toBe(false)
})

test.each(users)('nothing of a script runs for user %i in a mount whose server died', async (uid) => {
  const { mount, server } = await fuseBed(uid, false)
  server.kill('SIGKILL')
  await new Promise((resolve) => server.once('close', resolve))
  expect(spawnSync('stat', [mount], { uid, gid: uid, env: { LC_ALL: 'C' } }).stderr.toString()).toMatch(/not connected/)
  const { status, stdout, stderr } = runInJail(mount, 'echo ran', { uid })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^bwrap: /)
})
