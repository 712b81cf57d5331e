import { expect, test } from 'vitest'
import { entryOut, setBits } from '../../../src/mount/fuse/core/answers.js'
import type { OverlayFs, OverlayOptions } from '../../../src/mount/fuse/core/overlay-fs.js'

test('the bits of setattr are those of linux/fuse.h', () => {
  expect(Object.values(setBits)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 2048])
})

test('each request may have a record of its own', () => {
  const lookup: OverlayFs['lookup'] = (_parent, _name, out) => {
    out.nodeid = 7
    return 0
  }
  const out = entryOut()
  lookup(1, 'a' as never, out)
  const valid: Pick<OverlayOptions, 'lowerValidMs'> = { lowerValidMs: entryOut().validMs }
  expect([out.nodeid, valid.lowerValidMs]).toEqual([7, 0])
})
