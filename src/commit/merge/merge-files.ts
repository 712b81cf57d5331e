import type { Fd } from '../../os/file-ops.js'
import { openOrCreate } from '../../os/open-or-create.js'
import { entryName } from '../../paths/rel-path.js'
import { madeDir } from '../compose-file.js'
import type { SessionView } from '../session-view.js'
import { type MergedText, mergeText } from './merge-text.js'

/** The session's version, what it built upon, and the project's. */
export interface Texts {
  readonly ours: Uint8Array
  readonly base: Uint8Array
  readonly theirs: Uint8Array
}

/** Merges one text after the other, by three files in the record's directory `made`. */
export interface TextMerger {
  /** Errors as {@link mergeText}, and `SystemError`. */
  merge(texts: Texts): Promise<MergedText>
  close(): void
}

export type MergeRunner = Pick<Parameters<typeof mergeText>[0], 'runner' | 'searchPath' | 'signal'>

const labels = ['ours: the session', 'base: what it built upon', 'theirs: the project'] as const
const names = ['merge-ours', 'merge-base', 'merge-theirs'].map(entryName)

/** Makes nothing before the first merge. */
export function createTextMerger(view: SessionView, runner: MergeRunner): TextMerger {
  const { ops } = view
  const fds: Fd[] = []
  const write = (fd: Fd, content: Uint8Array): void => {
    ops.truncate(fd, 0)
    ops.write(fd, content, 0)
  }
  return {
    merge: async ({ ours, base, theirs }) => {
      if (fds.length === 0) for (const name of names) fds.push(openOrCreate(ops, madeDir(view), name))
      const [first = -1, second = -1, third = -1] = fds
      write(first, ours)
      write(second, base)
      write(third, theirs)
      return await mergeText({ ...runner, files: [first, second, third], labels })
    },
    close: () => {
      for (const fd of fds.splice(0)) ops.close(fd)
    },
  }
}
