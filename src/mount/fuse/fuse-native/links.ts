import type { EntryOut } from '../core/answers.js'
import { fileType } from '../core/node.js'

/**
 * Whether it is a file of the upper with several names, as another backend may have made one. To libfuse each name is a file of its own, and what is
 * written by one is not seen by the other while that is open. A file of the project has but one name once it is copied up.
 */
export function hasOtherNames({ mode, nlink, validMs }: EntryOut): boolean {
  return mode >>> 12 === fileType && nlink > 1 && validMs === Number.POSITIVE_INFINITY
}
