// Collects samples, and compares ways to do one thing by turns, so that a machine that slows down slows all of them.

import { undoing } from './world.mjs'

export class Results {
  constructor({ quick, selected }) {
    this.quick = quick
    this.selected = selected
    this.samples = new Map()
  }

  /** Is any of these rows wanted in this run? */
  wants(...ids) {
    return ids.some((id) => this.selected.test(id))
  }

  /** How often to do what costs little, in the full run; a rehearsal does it twice. */
  rounds(full) {
    return this.quick ? Math.min(full, 2) : full
  }

  record(id, backend, subject, value) {
    const key = JSON.stringify([id, backend, subject])
    this.samples.set(key, [...(this.samples.get(key) ?? []), value])
  }

  /** Samples of a row, or undefined. `shared` subjects are measured for one backend and count for each. */
  of(id, backend, subject, shared = false) {
    const own = this.samples.get(JSON.stringify([id, backend, subject]))
    if (own !== undefined || !shared) return own
    for (const [key, samples] of this.samples) {
      const [otherId, , otherSubject] = JSON.parse(key)
      if (otherId === id && otherSubject === subject) return samples
    }
    return undefined
  }

  /**
   * Measures the subjects of a row by turns. A subject is a function that gives a number (milliseconds, unless the row
   * says otherwise), or undefined where it cannot be measured here; with `before` and `after`, which do not count,
   * and `rounds` where it is too slow for the row's number.
   */
  compare(id, world, { rounds, warmUps = 1 }, subjects) {
    const wanted = Object.entries(subjects)
      .filter(([, subject]) => subject !== undefined)
      .map(([name, subject]) => [name, typeof subject === 'function' ? { run: subject } : subject])
    const total = this.rounds(rounds)
    for (let round = -warmUps; round < total; round += 1) {
      for (const [name, subject] of wanted) {
        if (round >= (subject.rounds ?? total)) continue
        if (round < 0 && subject.warmUps !== undefined && round < -subject.warmUps) continue
        const value = undoing((undo) => {
          if (subject.after !== undefined) undo.push(subject.after)
          subject.before?.()
          return subject.run()
        })
        if (round >= 0) this.record(id, world.backend, name, value)
      }
    }
  }
}

export function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
