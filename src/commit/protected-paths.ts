import type { EntryType } from '../os/entry-stat.js'
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
  { pattern: /(^|\/)\.git\/((modules|worktrees)\/.+\/)?hooks(\/|$)/, why: 'git runs hooks' },
  {
    pattern: /(^|\/)\.git\/((modules|worktrees)\/.+\/)?config(\.worktree)?$/,
    why: 'git runs programs that its configuration names',
  },
  { pattern: /(^|\/)\.git\/(modules\/.+\/)?info\/attributes$/, why: 'git runs filters that attributes name' },
  { pattern: /(^|\/)\.git\/(.+\/)?(commondir|gitdir)$/, why: 'git takes hooks and configuration from where it points' },
  { pattern: /(^|\/)\.gitmodules$/, why: 'git fetches from and updates what it names' },
  { pattern: /(^|\/)\.envrc$/, why: 'direnv runs it' },
  { pattern: /(^|\/)\.vscode(\/tasks\.json)?$/, why: 'the editor runs its tasks' },
]

const linkInGit: ProtectedPath = {
  pattern: /(^|\/)\.git\/./,
  why: 'a link in the directory of a repository can bring in hooks and configuration',
}

/**
 * The first rule that covers `path`; a directory is none's. A `.git` that is no directory stands for another repository's hooks, and
 * a symbolic link inside of one for anything.
 */
export function protectionOf(path: RelPath, type: EntryType): ProtectedPath | undefined {
  if (type === 'dir') return undefined
  if (nameOf(path) === '.git')
    return { pattern: /\.git$/, why: 'it points git to another repository, with hooks of its own' }
  const rule = protectedPaths.find(({ pattern }) => pattern.test(path))
  return rule ?? (type === 'symlink' && linkInGit.pattern.test(path) ? linkInGit : undefined)
}
