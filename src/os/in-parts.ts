/** The items in arrays of `most`, and one of those that are left; each is asked for when the one before has been used. */
export function* inParts<T>(items: Iterable<T>, most: number): Generator<T[]> {
  let part: T[] = []
  for (const item of items) {
    part.push(item)
    if (part.length < most) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}
