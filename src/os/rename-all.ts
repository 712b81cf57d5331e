import type { EntryMove, Fd, MovedEntries } from './file-ops.js'
import type { Addon } from './load-addon.js'
import { packPairs } from './many-files.js'
import { pathOf } from './path-of.js'
import { type SystemError, systemErrorFrom } from './system-error.js'

/** `FileOps.renameAll` in one native call. */
export function renameNatively(addon: Addon, fromRoot: Fd, toRoot: Fd, moves: readonly EntryMove[]): MovedEntries {
  const paths = packPairs(moves.map(({ from, to }) => ({ path: from, other: to })))
  const exchanges = Uint8Array.from(moves, ({ mode }) => (mode === 'exchange' ? 1 : 0))
  const { done, message, code } = addon.renameFiles(fromRoot, toRoot, paths, exchanges)
  if (message === undefined) return { done, failure: undefined }
  const error = Object.assign(new Error(message), { code })
  return { done, failure: systemErrorFrom(error, pathOf(toRoot, moves[done]?.to)) as SystemError }
}
