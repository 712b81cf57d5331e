import { mkdirSync, rmdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { FileOps } from '../../../src/os/file-ops.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { sessionDirs } from '../../../src/session/find-session.js'
import { scratch } from '../../helpers/scratch.js'

/** Port calls as they are, but that session `id` is removed by another process just before it is looked into. */
function removingOps(real: FileOps, sessions: string, id: string): FileOps {
  return {
    ...real,
    openDir(dir, path) {
      if ((path as string) === id) rmdirSync(`${sessions}/${id}`)
      return real.openDir(dir, path)
    },
  }
}

test('a session that is removed while its project’s are listed does not hide the others', () => {
  const { ops: real, path: top } = scratch()
  const sessions = `${top}/project/.openagentic/sessions`
  for (const id of ['amber', 'birch', 'cedar']) mkdirSync(`${sessions}/${id}`, { recursive: true })
  const ops = removingOps(real, sessions, 'amber')
  const found = sessionDirs(ops, { project: absPath(`${top}/project`), stateRoot: absPath(`${top}/state`) })
  expect([...found.keys()]).toEqual(['birch', 'cedar'])
})
