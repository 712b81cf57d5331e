import type { Change } from '../../changeset/change.js'
import { baseTree } from '../../changeset/patch/base-tree.js'
import { patchRejected } from '../../changeset/patch/patch-error.js'
import { isListed } from '../../changeset/patch/status-letter.js'
import { defaultSizeLimit } from '../../changeset/patch/write-patch.js'
import type { Ports } from '../../os/ports.js'
import { splitXattrs } from '../../overlay-format/plain-xattrs.js'
import { bufferFromBytes } from '../../paths/bytes.js'
import { quoteName } from '../../paths/quote-name.js'
import { type ChosenChanges, chooseAsked, selectByPath } from '../choose-changes.js'
import { composeFile } from '../compose-file.js'
import { type Dependencies, findDependencies } from '../dependencies.js'
import type { JudgedChange } from '../judged-change.js'
import type { FullReview } from '../review-session.js'
import type { SessionView } from '../session-view.js'
import type { CommitOptions, HunkChoice } from '../types.js'
import { deriveChange, type PartInput } from './derive-change.js'
import { hunkPolicy } from './hunk-policy.js'
import { isInPatch } from './in-patch.js'
import type { Part } from './part.js'
import { type TakenChanges, takeChoice } from './take-choice.js'

/**
 * Narrows the changes to what a choice of hunks takes and what that depends on. A change of which only a part is taken is put in the place of the
 * whole one, marked `partial`, with its content composed (unless it is a dry run); the whole one is among the pending as well.
 * @throws OverlayError `PATCH_REJECTED`, `NO_SUCH_CHANGE`, `USAGE` for a policy other than `abort` and `skip`; MovedWhileStaged
 */
export async function chooseHunks(
  ports: Ports,
  view: SessionView,
  review: FullReview,
  choice: HunkChoice,
  options: CommitOptions,
): Promise<ChosenChanges> {
  const policy = hunkPolicy(options.onConflict)
  const { judged, changeSet, moves } = review
  const all = judged.map(({ change }) => change)
  selectByPath(all, options.paths ?? [])
  const dependencies = findDependencies(all, changeSet.redirects, moves)
  const choices = await takeChoice(ports, view, review, choice, options)
  refuseUnnamed(view, dependencies, choices)
  const chosen = chooseAsked(judged, changeSet.redirects, withUnlisted(all, dependencies, choices), policy, moves)
  const partOf = (change: Change): Part | undefined => {
    const part = choices.taken.get(change)
    return part === 'whole' ? undefined : part
  }
  const applied = new Set(chosen.apply.map(({ change }) => change))
  const pending = new Set(chosen.pending)
  return {
    ...chosen,
    apply: chosen.apply.map((each) => replaced(ports, view, each, partOf(each.change), options)),
    pending: all.filter((change) => pending.has(change) || (applied.has(change) && partOf(change) !== undefined)),
  }
}

/** What a patch could have named, and did not, is not carried over behind the person's back. */
function refuseUnnamed(view: SessionView, dependencies: Dependencies, { taken, named }: TakenChanges): void {
  const { ops, base } = view
  const isEmpty = ({ path }: Change): boolean => baseTree(ops, base.root, path, defaultSizeLimit).entries.length === 0
  for (const change of named) {
    for (const other of dependencies.close([change])) {
      if (taken.has(other) || !isInPatch(other, isEmpty)) continue
      throw patchRejected(
        change.path,
        undefined,
        `it goes together with ${quoteName(other.path)}, which the patch lacks`,
      )
    }
  }
}

/** Nobody can name what no list shows: it goes with the last of what one can. */
function withUnlisted(all: readonly Change[], dependencies: Dependencies, { taken }: TakenChanges): readonly Change[] {
  const asked = dependencies.close(taken.keys())
  const isWhole = (change: Change): boolean => asked.has(change) && (taken.get(change) ?? 'whole') === 'whole'
  return all.every((change) => !isListed(change) || isWhole(change)) ? all : [...asked]
}

function replaced(
  ports: Ports,
  view: SessionView,
  judged: JudgedChange,
  part: Part | undefined,
  { dryRun }: CommitOptions,
): JudgedChange {
  if (part === undefined) return judged
  const change = judged.change as PartInput['change']
  const { family } = view.session.record
  const xattrs = view.base.at(change.path, (dir, name) => view.ops.getXattrs(dir, name))
  const content =
    typeof part.content === 'string' || dryRun === true ? undefined : bufferFromBytes(part.content.composed)
  const derived = deriveChange({
    change,
    part,
    baseXattrs: splitXattrs(xattrs, family).plain,
    composed: content && { source: composeFile(view, content), size: content.length },
    nowNs: ports.machine.realtimeNs(),
  })
  return { ...judged, change: derived, partial: true }
}
