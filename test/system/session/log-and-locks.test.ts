import { appendFileSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { absPath, joinAbs } from '../../../src/paths/rel-path.js'
import { lockCommits } from '../../../src/session/commit-lock.js'
import { appendLog, type LogEntry, readLog } from '../../../src/session/log.js'
import { isHeld, lockState } from '../../../src/session/session-lock.js'
import { bytes, scratch } from '../../helpers/scratch.js'

const entry = (operation: string): LogEntry => ({ at: '2026-01-01T00:00:00Z', operation, details: { argv: ['a\nb'] } })

test('entries are read in the order in which they were added, also when added at once', async () => {
  const { ops, path } = scratch()
  expect(readLog(ops, path)).toEqual([])
  await appendLog(ops, path, entry('first'))
  await Promise.all(Array.from({ length: 20 }, (_, index) => appendLog(ops, path, entry(`${index}`))))
  const log = readLog(ops, path)
  expect(log[0]).toEqual(entry('first'))
  expect(new Set(log.map(({ operation }) => operation)).size).toBe(21)
})

test('a line that was cut short spoils no other', async () => {
  const { ops, path } = scratch()
  await appendLog(ops, path, entry('first'))
  appendFileSync(`${path}/log.jsonl`, '{"at":"2026')
  await appendLog(ops, path, entry('second'))
  expect(readLog(ops, path).map(({ operation }) => operation)).toEqual(['first', 'second'])
  expect(readFileSync(`${path}/log.jsonl`, 'utf8').split('\n')).toHaveLength(4)
})

test('a state lock is waited for', async () => {
  const { ops, path } = scratch()
  const first = await lockState(ops, path)
  const order: string[] = []
  const second = lockState(ops, path).then((lock) => {
    order.push('second')
    lock.release()
  })
  await new Promise((resolve) => setTimeout(resolve, 60))
  order.push('first')
  first.release()
  await second
  expect(order).toEqual(['first', 'second'])
})

test('the lock of a session that was discarded meanwhile is not taken', async () => {
  const { ops, path, root } = scratch()
  ops.mkdir(root, bytes('one'), 0o700)
  const dir = joinAbs(path, bytes('one'))
  const first = await lockState(ops, dir)
  const waiting = lockState(ops, dir)
  rmdirSync(dir)
  first.release()
  await expect(waiting).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' })
})

test('a file is held as long as somebody has its lock', () => {
  const { ops, path, root } = scratch()
  const lock = absPath(`${path}/lock`)
  expect(isHeld(ops, lock)).toBe(false)
  const fd = ops.createFile(root, bytes('lock'), 0o600)
  expect(isHeld(ops, lock)).toBe(false)
  ops.flock(fd, 'exclusive')
  expect(isHeld(ops, lock)).toBe(true)
  ops.close(fd)
  expect(isHeld(ops, lock)).toBe(false)
})

test.for([
  ['with the lock file', true],
  ['by its own directory, without sessions in it', false],
])('one commit a project at a time, %s', ([, hasFile]) => {
  const { ops, path, root } = scratch()
  if (hasFile === true) {
    ops.mkdir(root, bytes('.openagentic'), 0o755)
    writeFileSync(`${path}/.openagentic/lock`, '')
  }
  const first = lockCommits(ops, path)
  expect(() => lockCommits(ops, path)).toThrow(expect.objectContaining({ code: 'ALREADY_COMMITTING' }))
  first.release()
  lockCommits(ops, path).release()
})
