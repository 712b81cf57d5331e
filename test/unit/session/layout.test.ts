import { expect, test } from 'vitest'
import type { AbsPath } from '../../../src/paths/byte-string.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { placeInProject, placeInState, projectKey, resemblesKey, sessionLayout } from '../../../src/session/layout.js'
import { placeOf } from '../../../src/session/session.js'
import type { SessionRecord } from '../../../src/session/session-record.js'

const id = sessionId('one')
const project = '/home/me/app' as AbsPath

test('a session in its project', () => {
  expect(sessionLayout(placeInProject(project, id))).toMatchObject({
    dir: '/home/me/app/.openagentic/sessions/one',
    upper: '/home/me/app/.openagentic/sessions/one/upper',
    shadow: '/home/me/app/.openagentic/shadow/one',
    lock: '/home/me/app/.openagentic/sessions/one/lock',
  })
})

test('a key tells projects of one name apart, and is a plain name', () => {
  const keys = ['/a/app', '/b/app', '/a/ \xff\n:', '/', '/a/..b'].map((path) => projectKey(path as AbsPath))
  expect(new Set(keys).size).toBe(keys.length)
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*-[0-9a-f]{16}$/)
  expect(keys[0]).toMatch(/^app-/)
  expect(keys[3]).toMatch(/^root-/)
})

test.for([
  ['all in the project', placeInProject(project, id), undefined],
  ['layers elsewhere', placeInProject(project, id, '/far/k/one' as AbsPath), '/far/k/one'],
  ['all in the state directory', placeInState('/state' as AbsPath, project, id), undefined],
] as const)('the place is found again from the record: %s', ([, place, layers]) => {
  const record = { project, id, layers } as SessionRecord
  expect(placeOf(place.dir, record)).toEqual(place)
})

test('a key is told from that of a project of another name without its hash', () => {
  const projects = ['/a/app', '/a/app-2', '/a/ \xff\n:', '/', '/a/..b'] as AbsPath[]
  for (const project of projects) expect(resemblesKey(projectKey(project), project)).toBe(true)
  expect(resemblesKey(projectKey('/b/app' as AbsPath), '/a/app' as AbsPath)).toBe(true)
  expect(resemblesKey(projectKey('/a/apple' as AbsPath), '/a/app' as AbsPath)).toBe(false)
})
