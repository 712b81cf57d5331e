import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { ServerPlan } from '../../../../src/mount/fuse/server-plan.js'
import type { Ports } from '../../../../src/os/ports.js'
import { systemPorts } from '../../../../src/os/system-ports.js'
import { absPath } from '../../../../src/paths/rel-path.js'
import { sessionId } from '../../../../src/paths/session-id.js'
import { type CreateOptions, createSession } from '../../../../src/session/create-session.js'
import { unmountSession } from '../../../../src/session/unmount-session.js'
import { need } from '../../../helpers/capability.js'
import { noFuseNative } from '../../../helpers/fuse-bed.js'

beforeEach((context) => need(context, noFuseNative()))

/** A machine where the first binding gets as far as this step. */
function machine(refusedStep: string): { readonly ports: Ports; readonly asked: string[] } {
  const ports = systemPorts()
  const asked: string[] = []
  const { server } = ports.fuse
  const run: typeof server.run = async (args, input) => {
    const { binding } = JSON.parse(Buffer.from(input).toString()) as ServerPlan
    asked.push(binding)
    if (binding !== 'kernel') return server.run(args, input)
    const answer = { ok: false, step: refusedStep, errno: 'ENOSYS', message: '' }
    return { end: { kind: 'exit', exitCode: 1 }, stdout: JSON.stringify(answer), stderr: '' }
  }
  return { ports: { ...ports, fuse: { ...ports.fuse, server: { program: server.program, run } } }, asked }
}

function project(): CreateOptions {
  const top = mkdtempSync(`${tmpdir()}/oa-choice-`)
  chmodSync(top, 0o755)
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  mkdirSync(`${top}/project`)
  writeFileSync(`${top}/project/file`, 'base')
  return { project: absPath(`${top}/project`), stateRoot: absPath(`${top}/state`), id: sessionId('s'), backend: 'fuse' }
}

test('it mounts where the mount API is forbidden, and says why', async () => {
  const { ports, asked } = machine('fsopen')
  const { session, limits } = await createSession(ports, project())
  await unmountSession(ports, session)
  expect(asked).toEqual(['kernel', 'fuse-native'])
  expect(limits).toEqual([
    "by fuse-native, as the kernel's protocol cannot be used: fsopen failed with ENOSYS",
    expect.stringMatching(/^fuse-native cannot/),
  ])
})

test('it is not asked when the other one was named', async () => {
  const { ports, asked } = machine('fsopen')
  const refused = createSession(ports, { ...project(), fuseBinding: 'kernel' })
  await expect(refused).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE', message: expect.stringContaining('ENOSYS') })
  expect(asked).toEqual(['kernel'])
})

test('nor for what it would fail at as well', async () => {
  const { ports, asked } = machine('layers')
  await expect(createSession(ports, project())).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
  expect(asked).toEqual(['kernel'])
})

test('nor where it is not installed', async () => {
  const { ports, asked } = machine('fsopen')
  const without = { ...ports, fuse: { ...ports.fuse, library: () => undefined } }
  await expect(createSession(without, project())).rejects.toMatchObject({ code: 'MOUNT_UNAVAILABLE' })
  const named = createSession(without, { ...project(), fuseBinding: 'fuse-native' })
  await expect(named).rejects.toMatchObject({ hint: 'npm install fuse-native' })
  expect(asked).toEqual(['kernel'])
})
