import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AttachOutcome, BackendName, MountBackend } from '../../../src/mount/backend.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import type { Ports } from '../../../src/os/ports.js'
import { SystemError } from '../../../src/os/system-error.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { type CreatedSession, createSession } from '../../../src/session/create-session.js'
import { scratch } from '../../helpers/scratch.js'

describe('a creation that fails', () => {
  let ports: Ports
  beforeAll(() => {
    ports = systemPorts()
  })

  test.for([
    ['in the project', false],
    ['with its layers elsewhere', true],
  ] as const)('at any call leaves nothing behind, %s', async ([, elsewhere]) => {
    const { project, stateRoot } = makeProject()
    const stateDir = elsewhere ? (`${stateRoot}/far` as AbsPath) : undefined
    const create = (ops: FileOps): Promise<CreatedSession> => {
      const backends = [fakeBackend('userns', 'mounts')]
      return createSession({ ...ports, ops }, { project, stateRoot, stateDir, backends, hide: ['.env'] })
    }
    const before = tree(project)
    const outcomes: string[] = []
    for (let failing = 0; ; failing += 1) {
      const counter = { left: failing }
      const outcome = await create(failAt(ports.ops, counter)).then(
        () => 'made',
        (error: unknown) => (error as { code: string }).code,
      )
      outcomes.push(outcome)
      if (counter.left > 0) break
      if (outcome === 'made') execFileSync('rm', ['-rf', `${project}/.openagentic`, `${stateRoot}/far`])
      expect([failing, tree(project), remains(stateRoot)]).toEqual([failing, before, ''])
    }
    // Most calls are needed; the last round meets no failure.
    expect(outcomes.filter((outcome) => outcome === 'EIO').length).toBeGreaterThan(50)
    expect(outcomes.at(-1)).toBe('made')
  })

  test('because every backend refuses says why, and leaves nothing behind', async () => {
    const { project, stateRoot } = makeProject()
    const before = tree(project)
    const backends = [fakeBackend('kernel', 'impossible'), fakeBackend('userns', 'refuses')]
    const error = await createSession(ports, { project, stateRoot, backends }).then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'MOUNT_UNAVAILABLE', hint: 'be root' })
    expect(error.message).toMatch(/kernel: not for you; userns: the kernel does not let/)
    expect(error.details.backends).toHaveLength(2)
    expect([tree(project), remains(stateRoot)]).toEqual([before, ''])
  })

  test('because the kernel refuses the layers is tried elsewhere, then says where', async () => {
    const { project, stateRoot } = makeProject()
    const backends = [fakeBackend('userns', 'refuses the layers')]
    const error = await createSession(ports, { project, stateRoot, backends }).then(String, (reason) => reason)
    expect(error).toMatchObject({ code: 'MOUNT_FAILED' })
    expect(error.message).toContain(
      `${project} and ${stateRoot}: create failed with EINVAL: overlay: no; create failed`,
    )
    expect(remains(stateRoot)).toBe('')
  })

  test('ids are drawn until one is free', async () => {
    const { project, stateRoot } = makeProject()
    const options = { project, stateRoot, backends: [fakeBackend('userns', 'mounts')], draw: () => 0 }
    const ids = []
    for (const _ of [1, 2]) ids.push((await createSession(ports, options)).session.id)
    expect(ids).toEqual(['amber-acorn', 'amber-acorn-0'])
    const taken = createSession(ports, { ...options, id: sessionId('amber-acorn') })
    await expect(taken).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
  })
})

type Behaviour = 'mounts' | 'refuses' | 'refuses the layers' | 'impossible'

function fakeBackend(name: BackendName, behaviour: Behaviour): MountBackend {
  const outcome = (): AttachOutcome => {
    if (behaviour === 'mounts') {
      return { attached: true, attachment: { backend: name, holder: undefined, mountPoint: '/none' as AbsPath } }
    }
    const refusal =
      behaviour === 'refuses'
        ? { step: 'unshare', errno: 'EPERM', message: '' }
        : { step: 'create', errno: 'EINVAL', message: 'e overlay: no' }
    return { attached: false, refusal }
  }
  return {
    name,
    impossible: () => (behaviour === 'impossible' ? { reason: 'not for you', fix: 'be root' } : undefined),
    servesTrusted: () => name === 'kernel',
    probe: async () => undefined,
    attach: async () => outcome(),
    detach: async () => ({ detached: true }),
  }
}

/** Fails one call: the one that comes when `left` others have gone through. */
function failAt(ops: FileOps, counter: { left: number }): FileOps {
  let failed = false
  return new Proxy(ops, {
    get: (target, name: keyof FileOps) => {
      const call = target[name] as (...args: unknown[]) => unknown
      if (name === 'close') return call
      return (...args: unknown[]) => {
        if (failed || counter.left > 0) {
          if (!failed) counter.left -= 1
          return call.apply(target, args)
        }
        failed = true
        throw new SystemError('EIO', 5, name, 'somewhere')
      }
    },
  })
}

function makeProject(): { project: AbsPath; stateRoot: AbsPath } {
  const { path } = scratch()
  const project = `${path}/project` as AbsPath
  mkdirSync(`${project}/dir`, { recursive: true })
  writeFileSync(`${project}/dir/.env`, 'secret')
  mkdirSync(`${path}/state`)
  return { project, stateRoot: `${path}/state` as AbsPath }
}

function tree(dir: string): string {
  return execFileSync('find', ['.'], { cwd: dir, encoding: 'utf8' })
}

function remains(stateRoot: string): string {
  return execFileSync('find', ['.', '-mindepth', '1', '-not', '-name', 'far'], { cwd: stateRoot, encoding: 'utf8' })
}
