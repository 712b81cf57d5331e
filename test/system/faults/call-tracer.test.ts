import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildTracer, noTracer, type Traced, trace } from '../../helpers/call-tracer.js'
import { need } from '../../helpers/capability.js'

let tracer = ''
let top = ''
beforeAll(() => {
  if (noTracer() !== undefined) return
  tracer = buildTracer()
  top = mkdtempSync(join(tmpdir(), 'overlay-tracer-'))
  writeFileSync(join(top, 'threads.mjs'), threads)
})
afterAll(() => {
  if (top !== '') rmSync(top, { recursive: true, force: true })
})
beforeEach((context) => need(context, noTracer()))

/** Makes directories by all threads of node's pool at once. */
const threads = `
  import { mkdir } from 'node:fs/promises'
  const each = async (thread) => { for (let i = 0; i < 6; i += 1) await mkdir(process.argv[2] + '/' + thread + '-' + i) }
  await Promise.all([0, 1, 2, 3].map(each))`

const env = { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '4' }

function run(below: string, actions: readonly string[]): Traced {
  return trace({ tracer, below, actions, env, command: [process.execPath, join(top, 'threads.mjs'), below] })
}

it('has one order over all threads: what was made is just what came before', () => {
  for (let at = 1; at <= 24; at += 1) {
    const below = mkdtempSync(join(top, 'tree-'))
    const { struck, status, calls } = run(below, ['--kill-before', `${at}`])
    expect({ at, struck, status }).toEqual({ at, struck: true, status: 137 })
    expect(readdirSync(below)).toHaveLength(at - 1)
    expect(calls.map(({ number }) => number)).toEqual(calls.map((_, index) => index + 1))
  }
})

it('lets no other thread go on after the call', () => {
  for (const at of [1, 7, 23]) {
    const below = mkdtempSync(join(top, 'tree-'))
    expect(run(below, ['--kill-after', `${at}`]).struck).toBe(true)
    expect(readdirSync(below)).toHaveLength(at)
  }
})

it('counts neither what node does for itself nor what lies elsewhere', () => {
  const below = mkdtempSync(join(top, 'tree-'))
  const { calls, status } = run(below, [])
  expect(status).toBe(0)
  expect(new Set(calls.map(({ name }) => name))).toEqual(new Set([calls[0]?.name]))
  expect(calls).toHaveLength(24)
})

it('is not part of what is published', () => {
  expect(existsSync(new URL('../../../native-helpers/dist/call-tracer', import.meta.url))).toBe(false)
})
