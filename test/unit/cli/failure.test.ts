import { expect, it } from 'vitest'
import { describeFailure, failureJson, renderFailure } from '../../../src/cli/render/failure.js'
import { OverlayError, type RelPath, SystemError } from '../../../src/index.js'

it('says message, code and hint', () => {
  const failure = describeFailure(new OverlayError('USAGE', 'Expected x, got y', { hint: 'Try z.' }))
  expect(renderFailure(failure)).toBe('error: Expected x, got y [USAGE]\nhint: Try z.\n')
  expect(failure.status).toBe(2)
})

it('lists conflicts, in JSON with names in their lossless form', () => {
  const conflict = { path: 'a\xff' as RelPath, at: 'a\xff' as RelPath, reason: 'changed', expected: 'x', found: 'y' }
  const failure = describeFailure(
    new OverlayError('COMMIT_CONFLICT', 'Expected x', { details: { conflicts: [conflict] } }),
  )
  expect(renderFailure(failure)).toContain('  "a\\377": expected x, found y\n')
  expect(failureJson(failure)).toMatchObject({ error: { details: { conflicts: [{ path: 'a\udcff' }] } } })
  expect(failure.status).toBe(4)
})

it('cuts a long list for people', () => {
  const conflicts = Array.from({ length: 60 }, (_, at) => ({ path: `${at}`, at: `${at}`, expected: 'x', found: 'y' }))
  const failure = describeFailure(new OverlayError('COMMIT_CONFLICT', 'Expected x', { details: { conflicts } }))
  expect(failure.lines).toHaveLength(51)
  expect(failure.lines.at(-1)).toBe('… and 10 more; --json lists all')
})

it('explains a failed system call', () => {
  const failure = describeFailure(new SystemError('ENOSPC', 28, 'write', 'a/b'))
  expect(failure).toMatchObject({
    code: 'SYSTEM_CALL_FAILED',
    message: 'Expected write of a/b to succeed, got: no space left on the device (ENOSPC)',
    path: 'a/b',
    details: { errno: 'ENOSPC', syscall: 'write' },
    status: 1,
  })
  expect(failure.hint).toContain('df -i')
})

it('calls anything else a bug', () => {
  const failure = describeFailure(new TypeError('x is undefined'))
  expect(failure).toMatchObject({ code: 'INTERNAL', status: 255 })
  expect(failure.stack).toContain('TypeError: x is undefined')
})

it('lets no control character through to a terminal', () => {
  expect(renderFailure(describeFailure(new OverlayError('USAGE', 'a\u001b[31mb\u0007')))).toBe(
    'error: a\\x1b[31mb\\x07 [USAGE]\n',
  )
})
