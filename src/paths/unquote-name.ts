import type { ByteString } from './byte-string.js'

const bytes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
}

/** Inverse of `quotePatchName` for a name that begins with a double quote; `undefined` where it is not quoted as git does it. */
export function unquotePatchName(quoted: string): ByteString | undefined {
  const inner = /^"((?:[^"\\\n]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*)"$/.exec(quoted)?.[1]
  return inner?.replace(
    /\\([0-3][0-7]{2}|.)/g,
    (_, code: string) => bytes[code] ?? String.fromCharCode(Number.parseInt(code, 8)),
  ) as ByteString | undefined
}
