import type { AbsPath } from './byte-string.js'
import { bytesFromJsonName } from './bytes.js'
import { absPath } from './rel-path.js'

/** The absolute path that a program gives as text, in the form of `jsonName`. @throws OverlayError `PATH_INVALID` */
export function hostPath(text: string): AbsPath {
  return absPath(bytesFromJsonName(text))
}
