import { explainFailure } from './explain-failure.js'
import { type JournalPlace, makeJournal, type OpenJournal } from './journal/journal-directory.js'
import { removeStaging } from './remove-staging.js'
import type { SessionView } from './session-view.js'
import type { Recovery } from './types.js'

/**
 * Makes the journal and what `begin` makes beside it. On an error all of that goes again; but a journal that was there is not ours to remove.
 * @throws OverlayError `COMMIT_FAILED`
 */
export function beginWith(
  { ops, dir, session }: SessionView,
  place: JournalPlace,
  kind: Recovery['kind'],
  begin: () => OpenJournal,
): OpenJournal {
  let isOurs = false
  try {
    makeJournal(place)
    isOurs = true
    return begin()
  } catch (error) {
    if (isOurs) removeStaging(ops, dir)
    throw explainFailure(error, { failures: [], kept: undefined }, session, kind)
  }
}
