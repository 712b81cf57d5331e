import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Machine } from '../../../src/os/machine.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { projectKey } from '../../../src/session/layout.js'
import { sweepLeftovers } from '../../../src/session/sweep-leftovers.js'
import { scratch } from '../../helpers/scratch.js'

test('what a crash left of a creation, a removal or layers apart goes, when it is old and nobody is at work on it', () => {
  const { path, ops } = scratch()
  const [project, stateRoot] = [`${path}/p`, `${path}/state`] as [AbsPath, AbsPath]
  const sessions = `${project}/.openagentic/sessions`
  const far = `${stateRoot}/${projectKey(project)}`
  for (const dir of [`${sessions}/.new-1/upper`, `${sessions}/.gone-2`, `${sessions}/.new-busy`, `${sessions}/kept`]) {
    mkdirSync(dir, { recursive: true })
  }
  for (const name of ['kept', 'orphan']) {
    mkdirSync(`${far}/${name}/upper`, { recursive: true })
    writeFileSync(`${far}/${name}/owner.json`, JSON.stringify({ version: 1, sessions }))
  }
  const busy = ops.openRoot(`${sessions}/.new-busy` as AbsPath)
  ops.flock(busy, 'exclusive')
  const ports = systemPorts()
  expect(sweepLeftovers(ports, { project, stateRoot })).toBe(0)

  const machine: Machine = { ...ports.machine, realtimeNs: () => ports.machine.realtimeNs() + 3_600_000_000_000n }
  expect(sweepLeftovers({ ...ports, machine }, { project, stateRoot })).toBe(3)
  const names = (dir: string): string[] =>
    ops
      .scanDir(ops.openRoot(dir as AbsPath))
      .map(({ name }) => name as string)
      .sort()
  expect([names(sessions), names(far)]).toEqual([['.new-busy', 'kept'], ['kept']])
  ops.close(busy)
})
