import { expect, test } from 'vitest'
import { wishFor } from '../../../src/session/wish-for.js'

test('who names a binding of FUSE asks for FUSE', () => {
  expect(wishFor({})).toBe('auto')
  expect(wishFor({ backend: 'userns' })).toBe('userns')
  expect(wishFor({ fuseBinding: 'fuse-native' })).toBe('fuse')
  expect(wishFor({ backend: 'auto', fuseBinding: 'kernel' })).toBe('fuse')
  expect(wishFor({ backend: 'fuse', fuseBinding: 'kernel' })).toBe('fuse')
})

test.each(['kernel', 'userns'] as const)('the backend %s has no binding', (backend) => {
  expect(() => wishFor({ backend, fuseBinding: 'fuse-native' })).toThrow(/Expected the backend fuse/)
})
