import { describe, expect, it } from 'vitest'
import type { Aspect } from '../../../src/changeset/change.js'
import { deriveChange, type PartInput } from '../../../src/commit/hunks/derive-change.js'
import type { Part } from '../../../src/commit/hunks/part.js'
import type { Xattrs } from '../../../src/os/file-ops.js'
import type { ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { makeChange, makeStat, makeWanted } from '../../helpers/make-change.js'

const capability = 'security.capability' as ByteString
const color = 'user.color' as ByteString
const value = new Uint8Array([1])
const composed = { source: { layer: 'made', path: '0' as RelPath }, size: 7 } as const

function derive(part: Part, base = {}, wanted = {}, baseXattrs: Xattrs = new Map()): ReturnType<typeof deriveChange> {
  const change = makeChange('f', { kind: 'modify', base: makeStat(base), wanted: makeWanted(wanted) })
  return deriveChange({ change: change as PartInput['change'], part, baseXattrs, composed, nowNs: 99n })
}

const some: Part = { content: { composed: 'content' as ByteString }, aspects: new Set() }
const taking = (...aspects: Aspect[]): Part => ({ content: 'base', aspects: new Set(aspects) })

describe('deriveChange', () => {
  it("keeps the project's attributes with content that was composed now", () => {
    const { wanted, aspects, kind } = derive(
      some,
      { mode: 0o640, uid: 1, gid: 2 },
      { mode: 0o755, uid: 3, gid: 4 },
      new Map([[color, value]]),
    )
    expect(wanted).toMatchObject({ mode: 0o640, uid: 1, gid: 2, size: 7, mtimeNs: 99n, content: composed.source })
    expect([...(wanted?.xattrs ?? [])]).toEqual([[color, value]])
    expect([kind, [...aspects]]).toEqual(['modify', ['content', 'times']])
  })

  it('takes attributes alone, and leaves content and times', () => {
    const { wanted, aspects, kind } = derive(
      taking('mode'),
      { mode: 0o640, size: 3, mtimeNs: 5n },
      { mode: 0o755, size: 9, mtimeNs: 6n },
    )
    expect(wanted).toMatchObject({ mode: 0o755, size: 3, mtimeNs: 5n, content: { layer: 'base', path: 'f' } })
    expect([kind, [...aspects]]).toEqual(['metadata', ['mode']])
  })

  it("takes the session's own file for all of its content", () => {
    const { wanted } = derive({ content: 'session', aspects: new Set() }, { mtimeNs: 5n }, { mtimeNs: 6n, size: 9 })
    expect(wanted).toMatchObject({ size: 9, mtimeNs: 6n, content: makeWanted().content })
  })

  it("gives new content no setuid bit and no capability that the session's version lost", () => {
    const caps = new Map([
      [capability, value],
      [color, value],
    ])
    const { wanted } = derive(some, { mode: 0o6755 }, { mode: 0o2755 }, caps)
    expect(wanted?.mode).toBe(0o2755)
    expect([...(wanted?.xattrs.keys() ?? [])]).toEqual([color])
    expect(derive(taking('owner'), { mode: 0o6755 }, { mode: 0o755, uid: 7 }, caps).wanted).toMatchObject({
      mode: 0o755,
      uid: 7,
    })
  })
})
