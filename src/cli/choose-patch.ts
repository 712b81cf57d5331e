import { type CommitOptions, listHunks, parsePatch, reviewSession, type Session } from '../index.js'
import { askHunks } from './ask-hunks.js'
import type { CommandContext } from './context.js'
import { gitPlace } from './git-place.js'
import { readStdin } from './read-stdin.js'
import { statusLine } from './render/change.js'

/**
 * The options of a commit with a choice of hunks: what a person answers on the terminal, with what they were shown; else the patch on
 * standard input.
 * @throws OverlayError `ABORTED`, `PATCH_INVALID`, and as `listHunks`
 */
export async function choosePatch(
  context: CommandContext,
  session: Session,
  options: CommitOptions,
  asks: boolean,
): Promise<CommitOptions> {
  const git = gitPlace(context)
  if (!asks) {
    const files = parsePatch(await readStdin(context.signal))
    return { ...options, git, hunks: { files, whole: [], attributes: [] } }
  }
  const reviewed = await reviewSession(context.ports, session, options)
  const menu = await listHunks(context.ports, session, reviewed, { ...options, git })
  context.progress.clear()
  for (const change of menu.left) await context.err(`not asked about, see \`status\`: ${statusLine(change, true)}\n`)
  return { ...options, git, reviewed, hunks: await askHunks(context, menu) }
}
