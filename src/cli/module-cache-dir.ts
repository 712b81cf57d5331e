import { type AbsPath, absPath, bytesFromText, joinAbs } from '../index.js'
import type { Environment } from './environment.js'

/** Where compiled modules are kept. */
export function moduleCacheDir({ cacheHome }: Environment): AbsPath {
  return joinAbs(absPath(bytesFromText(cacheHome)), 'openagentic/overlay/modules')
}
