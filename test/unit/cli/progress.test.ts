import { expect, it } from 'vitest'
import { progressLine } from '../../../src/cli/progress.js'

function line(isShown = true): { times: number[]; written: string[]; progress: ReturnType<typeof progressLine> } {
  const written: string[] = []
  const times = [0]
  const progress = progressLine(
    (text) => void written.push(text),
    () => isShown,
    () => times.at(-1) ?? 0,
  )
  return { times, written, progress }
}

it('writes nothing where nobody looks', () => {
  const { times, written, progress } = line(false)
  times.push(5000)
  progress.update('staging', 1, 2)
  progress.clear()
  expect(written).toEqual([])
})

it('stays silent for the first second, and has nothing to wipe then', () => {
  const { times, written, progress } = line()
  times.push(999)
  progress.update('staging', 1, 2)
  progress.clear()
  expect(written).toEqual([])
})

it('redraws ten times a second, and wipes itself', () => {
  const { times, written, progress } = line()
  for (const time of [1000, 1050, 1100]) {
    times.push(time)
    progress.update('staging', 1, 2)
  }
  progress.clear()
  expect(written).toEqual(['\r\u001b[Kstaging 50% (1/2)', '\r\u001b[Kstaging 50% (1/2)', '\r\u001b[K'])
})

it('counts where the end is unknown', () => {
  const { times, written, progress } = line()
  times.push(2000)
  progress.update('reading', 7, 0)
  expect(written).toEqual(['\r\u001b[Kreading 7'])
})
