import type { Aspect } from '../../changeset/change.js'
import type { ByteString } from '../../paths/byte-string.js'

/** Attributes that can be taken without the content. */
export const attributeAspects: readonly Aspect[] = ['mode', 'owner', 'xattrs']

/** A part of what a session did to a file. */
export interface Part {
  /** `base`: the project's stays; `session`: all of the session's. */
  readonly content: 'base' | 'session' | { readonly composed: ByteString }
  /** Of {@link attributeAspects}. */
  readonly aspects: ReadonlySet<Aspect>
}

/** What is taken of a change. */
export type Taken = 'whole' | Part
