import { OverlayError } from '../errors/overlay-error.js'
import { SystemError } from '../os/system-error.js'
import { quoteName } from '../paths/quote-name.js'
import type { Session } from '../session/session.js'
import { LateConflict } from './apply/displaced.js'
import { conflictError } from './refuse.js'
import { MovedWhileStaged } from './stage-contents.js'
import type { TakenBack } from './take-commit-back.js'
import type { Recovery } from './types.js'

/** The error that a commit ends with, after it was taken back as `taken` says. */
export function explainFailure(
  error: unknown,
  taken: TakenBack,
  session: Session,
  kind: Recovery['kind'] = 'commit',
): unknown {
  const { failures, kept } = taken
  if (failures.length > 0 || kept !== undefined) return notAllBack(error, taken, session)
  if (error instanceof LateConflict) return conflictError([error.conflict], session, kind)
  if (error instanceof MovedWhileStaged || !(error instanceof SystemError)) return error
  return new OverlayError(
    'COMMIT_FAILED',
    `Expected every change to go through, but ${error.syscall} failed with ${error.code}; nothing was changed`,
    {
      path: error.path,
      hint: hints[error.code] ?? 'See the cause, then commit again.',
      details: { errno: error.code, syscall: error.syscall },
      cause: error,
    },
  )
}

function notAllBack(error: unknown, { failures, kept }: TakenBack, { project, dir }: Session): OverlayError {
  const place = `${quoteName(dir)}/${kept}`
  const [what, hint] =
    failures.length > 0
      ? [
          `that failed for ${failures.length} entries (${messageOf(failures[0])})`,
          `Mend the cause, then run \`openagentic-overlay recover\`; what is missing from the project lies in ${place}.`,
        ]
      : [
          'somebody wrote to the same entries meanwhile; theirs were left in place',
          `What they displaced lies in ${place}, with the file \`plan\` that says what was where.`,
        ]
  return new OverlayError('COMMIT_FAILED', `Expected to put everything back after: ${messageOf(error)}; ${what}`, {
    path: quoteName(project),
    hint,
    details: { kept, failures: failures.map(messageOf) },
    cause: error,
  })
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on the file system of the project, then commit again.',
  EDQUOT: 'Make room within your quota, then commit again.',
  EACCES: 'Give yourself write permission to the directory that holds the path, then commit again.',
  EPERM: 'The entry belongs to somebody else or is immutable (`lsattr`); mend that, then commit again.',
  EROFS: 'The project is mounted read-only.',
  EXDEV: 'A file system is mounted inside the project at or above the path; unmount it, then commit again.',
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
