import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { fdPath, unguessablePrefix } from '../../../src/run/unguessable-path.js'

test('every prefix names the same file, and no two are the same', () => {
  const prefixes = Array.from({ length: 50 }, () => unguessablePrefix())
  for (const prefix of prefixes) expect(posix.normalize(fdPath(5, prefix))).toBe('/proc/self/fd/5')
  expect(new Set(prefixes).size).toBe(50)
})

test('128 bits: one step for each', () => {
  expect(unguessablePrefix().replaceAll('./', '/').length).toBe(129)
})
