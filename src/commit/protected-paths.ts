import type { EntryType } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'

/** A path that makes a program run code for the person later on, and why. The table of docs/commit.md. */
export interface ProtectedPath {
  /** Matched against the path below the project, by bytes, as {@link foldedPath} gives it. */
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
  {
    pattern: /(^|\/)\.git\/(.+\/)?rebase-(merge|apply)(\/|$)/,
    why: 'git runs the commands of a rebase that it goes on with',
  },
  { pattern: /(^|\/)\.gitmodules$/, why: 'git fetches from and updates what it names' },
  { pattern: /(^|\/)\.envrc$/, why: 'direnv runs it' },
  { pattern: /(^|\/)\.vscode(\/tasks\.json)?$/, why: 'the editor runs its tasks' },
]

const linkInGit: ProtectedPath = {
  pattern: /(^|\/)\.git\/./,
  why: 'a link in the directory of a repository can bring in hooks and configuration',
}

const gitItself: ProtectedPath = {
  pattern: /(^|\/)\.git$/,
  why: 'it points git to another repository, with hooks of its own',
}

/** What every path has that a rule of ours covers, folded or not; few others have it. */
const mayBeProtected = /git|\.envrc|\.vscode/i

/** Why a path is protected that the project's own configuration names. */
export const namedInConfig = 'config.json of the project protects it'

/**
 * The first rule that covers `path`; a directory is none's. A `.git` that is no directory stands for another repository's hooks, and
 * a symbolic link inside of one for anything.
 */
export function protectionOf(path: RelPath, type: EntryType): ProtectedPath | undefined {
  if (type === 'dir' || !mayBeProtected.test(path)) return undefined
  const folded = foldedPath(path)
  const rules = type === 'symlink' ? [gitItself, ...protectedPaths, linkInGit] : [gitItself, ...protectedPaths]
  return rules.find(({ pattern }) => pattern.test(folded))
}

/**
 * The path as file systems see it that fold names: without regard to case (vfat, exfat, ntfs, a folder of ext4 with casefold), without
 * dots and spaces at the end of a name, and with `.git` for its short name `GIT~1`.
 */
function foldedPath(path: RelPath): string {
  return path
    .toLowerCase()
    .replace(/[ .]+(?=\/|$)/g, '')
    .replace(/(^|\/)git~1(?=\/|$)/g, '$1.git')
}
