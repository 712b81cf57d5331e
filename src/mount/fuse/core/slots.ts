/** Things by small numbers, which are given again. */
export class Slots<T> {
  readonly #items: (T | undefined)[] = []
  readonly #free: number[] = []

  add(item: T): number {
    const at = this.#free.pop() ?? this.#items.length
    this.#items[at] = item
    return at
  }

  get(at: number): T | undefined {
    return this.#items[at]
  }

  /** What was there. */
  take(at: number): T | undefined {
    const item = this.#items[at]
    if (item === undefined) return undefined
    this.#items[at] = undefined
    this.#free.push(at)
    return item
  }

  *all(): Generator<T> {
    for (const item of this.#items) if (item !== undefined) yield item
  }
}
