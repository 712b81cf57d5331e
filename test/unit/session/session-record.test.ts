import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AbsPath, RelPath } from '../../../src/paths/byte-string.js'
import { sessionId } from '../../../src/paths/session-id.js'
import { formatSessionRecord, parseSessionRecord, type SessionRecord } from '../../../src/session/session-record.js'

const record: SessionRecord = {
  id: sessionId('fix-login'),
  project: '/home/\xff x' as AbsPath,
  created: '2026-01-02T03:04:05.678Z',
  lastSeen: '2026-01-02T03:04:06Z',
  backend: 'userns',
  family: 'user',
  epoch: { ctimeNs: 1n, realtimeNs: 2n ** 62n, boottimeNs: 3n, bootId: 'b', ctimeTrusted: true },
  fingerprint: 'auto',
  hide: ['.env', '!keep'],
  masks: ['.openagentic', 'd/\xfe'] as RelPath[],
  layers: undefined,
  holder: { pid: 42, startTime: 7n, bootId: 'b' },
  servedByFuse: false,
}

const names = fc
  .string({ unit: 'binary', minLength: 1 })
  .map((text) => Buffer.from(text, 'utf16le').toString('latin1').replace(/[/\0]/g, 'x').slice(0, 200))
const paths = names.filter((name) => !['.', '..'].includes(name))

test('what was written is read again, whatever bytes the names hold', () => {
  fc.assert(
    fc.property(fc.array(paths), paths, fc.bigInt(), (masks, name, time) => {
      const wanted: SessionRecord = {
        ...record,
        project: `/${name}` as AbsPath,
        masks: masks as RelPath[],
        layers: `/a/${name}` as AbsPath,
        holder: undefined,
        epoch: { ...record.epoch, ctimeNs: BigInt.asIntN(64, time) },
      }
      expect(parseSessionRecord(formatSessionRecord(wanted), 'f')).toEqual(wanted)
    }),
  )
  expect(parseSessionRecord(formatSessionRecord(record), 'f')).toEqual(record)
})

describe('a record is refused', () => {
  const fields = JSON.parse(formatSessionRecord(record)) as Record<string, unknown>
  const { id: _, ...withoutId } = fields

  test.for([
    ['that is no JSON', '{"version":1', /Expected JSON, got: .*, in the\/file$/],
    ['that is no object', '[]', /Expected a JSON object, got \[\] \(object\)/],
    [
      'of a newer version',
      { ...fields, version: 2 },
      /Expected version 1, got 2: a newer openagentic-overlay wrote it/,
    ],
    ['of no version', { ...fields, version: undefined }, /Expected `version` to be 1, got nothing/],
    ['with a field more', { ...fields, extra: 1 }, /Expected no field `extra`/],
    ['with a field less', withoutId, /Expected `id` to be a string, got nothing/],
    ['with a bad id', { ...fields, id: '../x' }, /Expected `id` to be a session id, got "..\/x"/],
    ['with a relative project', { ...fields, project: 'x' }, /Expected `project` to be an absolute path, got "x"/],
    ['with a project not normalised', { ...fields, project: '/a/../b' }, /Expected `project` to be an absolute path/],
    ['with a mask that leads out', { ...fields, masks: ['../x'] }, /Expected `masks` to hold paths below the project/],
    ['with the project for a mask', { ...fields, masks: [''] }, /got the project itself/],
    ['with masks of a wrong type', { ...fields, masks: [1] }, /Expected `masks` to be an array of strings/],
    [
      'with an unknown backend',
      { ...fields, backend: 'nfs' },
      /Expected `backend` to be one of kernel, userns, fuse, got "nfs" \(string\)/,
    ],
    [
      'with a number where digits belong',
      { ...fields, epoch: { ...(fields.epoch as object), ctimeNs: 5 } },
      /Expected `epoch.ctimeNs` to be a decimal string, got 5 \(number\)/,
    ],
    [
      'with process 1 for a holder',
      { ...fields, holder: { pid: 1, startTime: '1', bootId: '' } },
      /Expected `holder.pid` to be a process id above 1/,
    ],
    ['with a date of another kind', { ...fields, created: 'yesterday' }, /Expected `created` to be a UTC time/],
    ['with a flag that is none', { ...fields, servedByFuse: 'yes' }, /Expected `servedByFuse` to be true or false/],
  ] as const)('%s', ([, content, message]) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    const parse = (): SessionRecord => parseSessionRecord(text, 'the/file')
    expect(parse).toThrow(message)
    expect(parse).toThrow(expect.objectContaining({ code: 'SESSION_CORRUPT', path: 'the/file' }))
  })
})
