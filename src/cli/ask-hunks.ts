import { type Change, type HunkChoice, type HunkItem, type HunkMenu, OverlayError } from '../index.js'
import type { CommandContext } from './context.js'
import { itemText, itemTitle } from './render/hunk.js'
import type { Questions } from './terminal.js'

const help = `y - commit this
n - leave this pending
q - leave this and all that is left
a - commit this and all that is left of the file
d - leave this and all that is left of the file
s - split this hunk
? - this list
`

/** What becomes of the items that are left without a question. */
type Sweep = { readonly of: Change | 'all'; readonly take: boolean }

/**
 * Asks on the terminal, item by item, as `git add --patch` does.
 * @throws OverlayError `ABORTED` on Ctrl-C and at the end of input
 */
export async function askHunks(context: CommandContext, menu: HunkMenu): Promise<HunkChoice> {
  const questions = await context.terminal.openQuestions()
  try {
    return await askAll(context, menu, questions)
  } finally {
    questions.close()
  }
}

async function askAll(context: CommandContext, menu: HunkMenu, questions: Questions): Promise<HunkChoice> {
  const taken: HunkItem[] = []
  const declined: HunkItem[] = []
  const left = [...menu.items]
  let sweep: Sweep | undefined
  for (let item = left.shift(); item !== undefined; item = left.shift()) {
    const answer = sweep === undefined || !covers(sweep, item) ? undefined : sweep.take
    if (!canStand(item, declined)) declined.push(item)
    else if (answer !== undefined) (answer ? taken : declined).push(item)
    else {
      const typed = await askOne(context, questions, menu, item, left.length + 1)
      if (typed === 's') left.unshift(...menu.split(item))
      else {
        const takes = typed === 'y' || typed === 'a'
        ;(takes ? taken : declined).push(item)
        if (typed === 'q') sweep = { of: 'all', take: false }
        else if (typed !== 'y' && typed !== 'n') sweep = { of: item.change, take: takes }
      }
    }
  }
  return menu.choice(taken, declined)
}

function covers({ of }: Sweep, { change }: HunkItem): boolean {
  return of === 'all' || of === change
}

/** Something that it needs was declined as a whole. */
function canStand({ needs }: HunkItem, declined: readonly HunkItem[]): boolean {
  return needs.every((need) => !declined.some(({ change }) => change === need))
}

type Answer = 'y' | 'n' | 'q' | 'a' | 'd' | 's'

async function askOne(
  context: CommandContext,
  questions: Questions,
  menu: HunkMenu,
  item: HunkItem,
  remaining: number,
): Promise<Answer> {
  const { terminal, signal, err } = context
  const letters = menu.split(item).length > 1 ? 'ynqads' : 'ynqad'
  await err(itemText(item, terminal.colouredQuestions))
  for (;;) {
    const question = `(${remaining} left) ${itemTitle(item)} [${[...letters].join(',')},?]?`
    const typed = await questions.ask(question, signal)
    if (typed === undefined) throw ended()
    const letter = typed.trim().toLowerCase()
    if (letter.length === 1 && letters.includes(letter)) return letter as Answer
    await err(help)
  }
}

function ended(): OverlayError {
  return new OverlayError('ABORTED', 'Nothing was committed: the input ended at a question', {
    hint: '`q` commits what was chosen so far.',
  })
}
