import { expect, it } from 'vitest'
import { carriedXattrs, mergedXattrs, splitXattrs } from '../../../src/overlay-format/plain-xattrs.js'
import type { ByteString } from '../../../src/paths/byte-string.js'

const value = Buffer.from('v')

function named(...names: string[]): Map<ByteString, Uint8Array> {
  return new Map(names.map((name) => [name as ByteString, value]))
}

const all = named(
  'user.color',
  'security.selinux',
  'system.posix_acl_access',
  'trusted.other',
  'trusted.overlay.opaque',
  'trusted.overlay.overlay.opaque',
  'trusted.overlay.overlay.overlay.x',
  'trusted.overlayfs',
  'user.overlay.opaque',
  'user.overlay.overlay.opaque',
)

it('shows what merged shows: own marks vanish, escapes go, the rest stays', () => {
  const common = ['user.color', 'security.selinux', 'system.posix_acl_access', 'trusted.other', 'trusted.overlayfs']
  expect([...mergedXattrs(all, 'trusted').keys()].sort()).toEqual(
    [
      ...common,
      'trusted.overlay.opaque',
      'trusted.overlay.overlay.x',
      'user.overlay.opaque',
      'user.overlay.overlay.opaque',
    ].sort(),
  )
  expect([...mergedXattrs(named('user.overlay.opaque', 'user.overlay.overlay.a'), 'user').keys()]).toEqual([
    'user.overlay.a',
  ])
})

it('keeps every overlay mark from the project, and says which', () => {
  const { plain, withheld } = splitXattrs(all, 'trusted')
  expect([...plain.keys()].filter((name) => name.includes('.overlay.'))).toEqual([])
  expect(plain.get('user.color' as ByteString)).toBe(value)
  expect([...withheld].sort()).toEqual([
    'trusted.overlay.opaque',
    'trusted.overlay.overlay.x',
    'user.overlay.opaque',
    'user.overlay.overlay.opaque',
  ])
})

it('carries what belongs to the content', () => {
  const carried = [
    'user.color',
    'trusted.x',
    'security.capability',
    'system.posix_acl_access',
    'system.posix_acl_default',
  ]
  const others = [
    'security.selinux',
    'security.ima',
    'trusted.SGI_ACL_FILE',
    'trusted.SGI_ACL_DEFAULT',
    'system.nfs4_acl',
    'trusted.overlay.opaque',
    'user.overlay.overlay.x',
  ]
  expect([...carriedXattrs(named(...carried, ...others)).keys()]).toEqual(carried)
})
