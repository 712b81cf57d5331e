import type { RelPath } from '../paths/byte-string.js'
import { nameOf } from '../paths/rel-path.js'

/** A path that makes a program run code for the person later on, and why. The table of docs/commit.md. */
export interface ProtectedPath {
  /** Matched against the path below the project, by bytes. */
  readonly pattern: RegExp
  readonly why: string
}

/** What a commit leaves alone unless `--allow protected` is given. */
const protectedPaths: readonly ProtectedPath[] = [
  { pattern: /(^|\/)\.git\/(modules\/.+\/)?hooks\/./, why: 'git runs hooks' },
  {
    pattern: /(^|\/)\.git\/(modules\/.+\/)?config(\.worktree)?$/,
    why: 'git runs programs that its configuration names',
  },
  { pattern: /(^|\/)\.git\/(modules\/.+\/)?info\/attributes$/, why: 'git runs filters that attributes name' },
  { pattern: /(^|\/)\.gitmodules$/, why: 'git fetches from and updates what it names' },
  { pattern: /(^|\/)\.envrc$/, why: 'direnv runs it' },
  { pattern: /(^|\/)\.vscode\/tasks\.json$/, why: 'the editor runs its tasks' },
]

/** The first rule that covers `path`; a `.git` that is no directory stands for another repository's hooks. */
export function protectionOf(path: RelPath, isDir: boolean): ProtectedPath | undefined {
  if (isDir) return undefined
  if (nameOf(path) === '.git')
    return { pattern: /\.git$/, why: 'it points git to another repository, with hooks of its own' }
  return protectedPaths.find(({ pattern }) => pattern.test(path))
}
