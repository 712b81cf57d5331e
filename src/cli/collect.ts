import { InvalidArgumentError } from 'commander'

/** One of `NAME=VALUE`, added to those before it. */
export function collectEnv(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at > 0) return { ...previous, [text.slice(0, at)]: text.slice(at + 1) }
  throw new InvalidArgumentError(`Expected NAME=VALUE, got ${JSON.stringify(text)}.`)
}

/** A repeatable option's values, in order. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text]
}

/** As {@link collect}, of a closed list. */
export function collectOf(choices: readonly string[]): (text: string, previous?: readonly string[]) => string[] {
  return (text, previous) => {
    if (choices.includes(text)) return collect(text, previous)
    throw new InvalidArgumentError(`Expected one of ${choices.join(', ')}, got ${JSON.stringify(text)}.`)
  }
}
