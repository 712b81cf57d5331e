import type { Fd, FileOps } from '../os/file-ops.js'
import type { Comparison } from '../os/many-files.js'
import type { Pace } from '../os/pace.js'
import { isErrno } from '../os/system-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { nameOf, parentOf } from '../paths/rel-path.js'
import { sameContent } from './same-content.js'

/** Whether two regular files of one size hold the same: `path` in the layer, `other` in the project. */
export interface ContentQuestion {
  readonly layer: 'upper' | 'base'
  readonly path: RelPath
  readonly other: RelPath
  /** Bytes, of both. */
  readonly size: number
  /** Told the answer, later. */
  readonly answer: (same: boolean) => void
}

/** The questions about content of a scan: many of them are answered by other threads while the scan goes on. */
export interface ContentQuestions {
  ask(question: ContentQuestion): void
  /** Waits while there is more work at hand than the threads need. */
  keepUp(): Promise<void>
  /** Waits for all answers. Errors: `SystemError` of a file that cannot be opened or read for another reason than its permissions. */
  finish(): Promise<void>
}

/** Files and bytes of one call; enough that a call costs nothing, and little enough that all threads have work to the end. */
const batch = { files: 128, bytes: 4 << 20 }

/** Larger files are compared piece by piece, so that this can be stopped. Bytes. */
const largest = 64 << 20

/** Calls that wait or run. */
const mostWaiting = 8

interface Trees {
  readonly ops: FileOps
  readonly lower: Fd
  readonly upper: Fd
  readonly pace: Pace
}

interface Job {
  readonly questions: readonly ContentQuestion[]
  readonly compared: Promise<Comparison[]>
}

/** Answers come in the order in which it was asked. */
export function createContentQuestions(trees: Trees): ContentQuestions {
  const { ops, lower } = trees
  const rootOf = (layer: ContentQuestion['layer']): Fd => (layer === 'upper' ? trees.upper : lower)
  const jobs: Job[] = []
  let questions: ContentQuestion[] = []
  let bytes = 0

  const start = (): void => {
    const [first] = questions
    if (first === undefined) return
    const compared = first.size > largest ? oneByOne : ops.compareFiles(rootOf(first.layer), lower, questions)
    // Who waits for it is told, but that may never come about when the scan fails.
    compared.catch(() => undefined)
    jobs.push({ questions, compared })
    questions = []
    bytes = 0
  }

  const settle = async ({ questions: asked, compared }: Job): Promise<void> => {
    const answers = await compared
    for (const [index, question] of asked.entries()) {
      const answer = answers[index]
      question.answer(
        answer === undefined || answer === 'failed'
          ? await askAlone(trees, rootOf(question.layer), question)
          : answer === 'same',
      )
    }
  }

  const settleDownTo = async (count: number): Promise<void> => {
    while (jobs.length > count) {
      const oldest = jobs.shift()
      if (oldest !== undefined) await settle(oldest)
      const turn = trees.pace.due()
      if (turn !== undefined) await turn
    }
  }

  return {
    ask: (question) => {
      const [first] = questions
      if (first !== undefined && (first.layer !== question.layer || question.size > largest)) start()
      questions.push(question)
      bytes += question.size
      if (questions.length >= batch.files || bytes >= batch.bytes) start()
    },
    keepUp: () => settleDownTo(mostWaiting),
    finish: () => {
      start()
      return settleDownTo(0)
    },
  }
}

const oneByOne: Promise<Comparison[]> = Promise.resolve([])

async function askAlone({ ops, lower, pace }: Trees, root: Fd, question: ContentQuestion): Promise<boolean> {
  const { path, other, size } = question
  try {
    return await within(ops, root, path, (dir) =>
      within(ops, lower, other, (otherDir) =>
        sameContent(ops, pace, { dir, name: nameOf(path) }, { dir: otherDir, name: nameOf(other) }, size),
      ),
    )
  } catch (error) {
    // What may not be read, or has something mounted on it, cannot be said to be the same.
    if (isErrno(error, 'EACCES') || isErrno(error, 'EXDEV')) return false
    throw error
  }
}

async function within<T>(ops: FileOps, root: Fd, path: RelPath, use: (dir: Fd) => Promise<T>): Promise<T> {
  const dir = ops.openDir(root, parentOf(path))
  try {
    return await use(dir)
  } finally {
    ops.close(dir)
  }
}
