/** Version of every `--json` object (docs/cli.md). */
const jsonVersion = 1

/** One line. Large integers as decimal strings, sets as arrays. */
export function jsonText(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ version: jsonVersion, ...fields }, replaceValue)}\n`
}

function replaceValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`
  if (value instanceof Set) return [...value]
  return value
}
