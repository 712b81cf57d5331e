import type { JournalPlace } from './journal/journal-directory.js'
import type { SessionView } from './session-view.js'

/** Where the session of `view` keeps its journals. */
export function journalPlace({ ops, dir, hasher }: SessionView, sync: boolean): JournalPlace {
  return { ops, dir, checksum: (content) => hasher.hashBytes(content), sync }
}
