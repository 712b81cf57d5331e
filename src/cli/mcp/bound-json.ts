/** Characters of one text in a result. */
export const longestText: number = 65_536

const longestList = 200
/** Characters of all texts of a result together. */
const allText = 4 * longestText

export interface BoundedJson {
  readonly value: Readonly<Record<string, unknown>>
  /** The full length of what was cut: `{ "changes": 83000 }`. */
  readonly truncated: Readonly<Record<string, number>>
}

/** Cuts long lists and texts: what a session holds must not decide how much a client, or a model, has to take. */
export function boundJson(json: Readonly<Record<string, unknown>>): BoundedJson {
  const truncated: Record<string, number> = {}
  let room = allText
  const bound = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return text(value, path)
    if (Array.isArray(value)) return list(value, path)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, bound(each, path === '' ? name : `${path}.${name}`)]),
    )
  }
  const text = (value: string, path: string): string => {
    const length = Math.min(longestText, room)
    const kept = value.length <= length ? value : value.slice(0, wholeCharacters(value, length))
    if (kept.length < value.length) truncated[path] = value.length
    room -= kept.length
    return kept
  }
  const list = (values: readonly unknown[], path: string): unknown[] => {
    const kept: unknown[] = []
    for (const value of values.slice(0, longestList)) {
      if (room <= 0) break
      kept.push(bound(value, `${path}.${kept.length}`))
    }
    if (kept.length < values.length) truncated[path] = values.length
    return kept
  }
  return { value: bound(json, '') as Record<string, unknown>, truncated }
}

/** Not between the two halves of a character. */
function wholeCharacters(text: string, length: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length
}
