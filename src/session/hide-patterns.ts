import type { Ignore } from 'ignore'
import { OverlayError } from '../errors/overlay-error.js'
import type { Fd, FileOps, ScannedEntry } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath, RelPath } from '../paths/byte-string.js'
import { bytesFromText, jsonName } from '../paths/bytes.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { isWithin, joinRel, rootPath } from '../paths/rel-path.js'

const gitDirName = bytesFromText('.git')

/**
 * The project's paths that patterns in gitignore's syntax match. A directory that matches hides all that is
 * below it, and is not walked. Case counts, as on the file systems here. What lies in `.git` matches only patterns that name it.
 * @throws OverlayError `USAGE` for an empty pattern
 */
export async function expandHidePatterns(
  ops: FileOps,
  project: AbsPath,
  patterns: readonly string[],
): Promise<RelPath[]> {
  if (patterns.length === 0) return []
  checkPatterns(patterns)
  const { default: ignore } = await import('ignore')
  const matcher = ignore({ ignorecase: false }).add([...patterns])
  const root = ops.openRoot(project)
  try {
    // As git has it, a pattern such as `config` does not mean git's own file of that name.
    return matchingPaths(
      ops,
      root,
      matcher,
      patterns.some((pattern) => pattern.includes('.git/')),
    )
  } finally {
    ops.close(root)
  }
}

/** Leaves out paths that lie below another one of the list. Order is kept. */
export function outermost(paths: readonly RelPath[]): RelPath[] {
  return paths.filter((path) => !paths.some((top) => top !== path && isWithin(path, top)))
}

function matchingPaths(ops: FileOps, root: Fd, matcher: Ignore, intoGit: boolean): RelPath[] {
  const found: RelPath[] = []
  const pending: RelPath[] = [rootPath]
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    for (const entry of entriesOf(ops, root, dir)) {
      if (dir === rootPath && entry.name === overlayDirName) continue
      const path = joinRel(dir, entry.name)
      const isDir = entry.stat.type === 'dir'
      if (matcher.ignores(isDir ? `${jsonName(path)}/` : jsonName(path))) found.push(path)
      else if (isDir && (entry.name !== gitDirName || intoGit)) pending.push(path)
    }
  }
  return found.sort()
}

/** Nothing for a directory that may not be read, is a mount point (the session does not see what is mounted there), or has just gone. */
function entriesOf(ops: FileOps, root: Fd, path: RelPath): ScannedEntry[] {
  let dir: Fd
  try {
    dir = ops.openDir(root, path)
  } catch (error) {
    if (['EACCES', 'EXDEV', 'ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isErrno(error, code))) return []
    throw error
  }
  try {
    return ops.scanDir(dir)
  } finally {
    ops.close(dir)
  }
}

function checkPatterns(patterns: readonly string[]): void {
  const bad = patterns.find((pattern) => pattern.trim() === '' || /[\0\n\r]/.test(pattern))
  if (bad === undefined) return
  throw new OverlayError('USAGE', `Expected a pattern of one line to hide files by, got ${JSON.stringify(bad)}`, {
    hint: 'Patterns are written as in .gitignore, for example `--hide .env --hide "/secrets/"`.',
  })
}
