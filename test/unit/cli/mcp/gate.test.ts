import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createGate } from '../../../../src/cli/mcp/gate.js'

const never = new AbortController().signal

/** Something to let in, that leaves when it is told to. */
function visitor(): { readonly stay: () => Promise<void>; leave(): void } {
  const leaving = new AbortController()
  const left = once(leaving.signal, 'abort').then(() => undefined)
  return { stay: () => left, leave: () => leaving.abort() }
}

it('lets in as many as it is wide, and the others in their order', async () => {
  const gate = createGate(2)
  const begun: number[] = []
  const visitors = [visitor(), visitor(), visitor(), visitor()]
  const calls = visitors.map(({ stay }, index) =>
    gate.pass(never, () => {
      begun.push(index)
      return stay()
    }),
  )
  await Promise.resolve()
  expect(begun).toEqual([0, 1])
  visitors[1]?.leave()
  await calls[1]
  expect(begun).toEqual([0, 1, 2])
  visitors[0]?.leave()
  visitors[2]?.leave()
  await Promise.all([calls[0], calls[2]])
  visitors[3]?.leave()
  await Promise.all(calls)
  expect(begun).toEqual([0, 1, 2, 3])
})

it('makes room for the next when one fails', async () => {
  const gate = createGate(1)
  await expect(gate.pass(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await gate.pass(never, () => Promise.resolve('next'))).toBe('next')
})

it('lets go of one that gives up waiting', async () => {
  const gate = createGate(1)
  const cancel = new AbortController()
  const { stay, leave } = visitor()
  const first = gate.pass(never, stay)
  const second = gate.pass(cancel.signal, () => Promise.resolve('never'))
  const third = gate.pass(never, () => Promise.resolve('third'))
  cancel.abort()
  await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(gate.pass(cancel.signal, () => Promise.resolve())).rejects.toMatchObject({ code: 'ABORTED' })
  leave()
  await first
  expect(await third).toBe('third')
})
