import { expect, test } from 'vitest'
import { createSlots } from '../../../src/run/slots.js'

test('so many at once, the others in their order', async () => {
  const slots = createSlots(2)
  const order: string[] = []
  const take = (name: string): Promise<() => void> =>
    slots.take().then((giveBack) => {
      order.push(name)
      return giveBack
    })
  const first = await take('a')
  await take('b')
  const third = take('c')
  const fourth = take('d')
  await Promise.resolve()
  expect(order).toEqual(['a', 'b'])
  first()
  first()
  await third
  await Promise.resolve()
  expect(order).toEqual(['a', 'b', 'c'])
  ;(await third)()
  await fourth
  expect(order).toEqual(['a', 'b', 'c', 'd'])
})

test('who gives up waiting leaves the queue', async () => {
  const slots = createSlots(1)
  const giveBack = await slots.take()
  const abort = new AbortController()
  const gone = expect(slots.take(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  const next = slots.take()
  abort.abort()
  await gone
  giveBack()
  ;(await next)()
  await expect(slots.take(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  ;(await slots.take())()
})
