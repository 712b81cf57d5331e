import { type ByteString, bytesFromJsonName, jsonName } from '../index.js'

/** A command line cut at the first `--`. */
export interface SplitArguments {
  /** In the lossless text form of `jsonName`, which passes through commander unharmed. */
  readonly before: readonly string[]
  /** Raw; `undefined` when there is no `--`. */
  readonly after: readonly ByteString[] | undefined
}

/** What comes after `--` is never an option or a session: paths, or a module with its arguments. */
export function splitArguments(args: readonly ByteString[]): SplitArguments {
  const at = args.indexOf('--' as ByteString)
  const before = (at === -1 ? args : args.slice(0, at)).map(jsonName)
  return { before, after: at === -1 ? undefined : args.slice(at + 1) }
}

/** The bytes that a person typed for `text`. */
export function typedBytes(text: string): ByteString {
  return bytesFromJsonName(text)
}
