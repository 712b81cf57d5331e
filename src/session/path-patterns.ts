import type { EntryType } from '../os/entry-stat.js'
import type { RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'

/** Tells which paths of a project a list of patterns covers. */
export interface PathPatterns {
  /** Whether an entry of this type at `path` is covered; a directory never is, as what is in it is looked at by itself. */
  covers(path: RelPath, type: EntryType): boolean
}

/** A line of .gitignore that says something: neither empty nor a comment. */
export function isPattern(text: string): boolean {
  return text.trim() !== '' && !text.startsWith('#') && !/[\0\n\r]/.test(text)
}

/**
 * Compiles patterns in gitignore's syntax. Case does not count: the project may lie where names differ in case alone are one. What is no
 * directory is covered where a pattern means one, too, and a symbolic link also where a pattern would go through it (`/ci` for `/ci/run.sh`).
 */
export async function compilePatterns(patterns: readonly string[]): Promise<PathPatterns> {
  if (patterns.length === 0) return { covers: () => false }
  // Few projects have any.
  const { default: ignore } = await import('ignore')
  const own = ignore({ ignorecase: true }).add([...patterns])
  const above = ignore({ ignorecase: true }).add(patterns.flatMap(directoriesAbove))
  return {
    covers: (path, type) => {
      if (type === 'dir' || path === '') return false
      const name = jsonName(path)
      if (own.ignores(name) || own.ignores(`${name}/`)) return true
      return type === 'symlink' && above.ignores(name)
    },
  }
}

/** Patterns for the directories that a pattern with a slash in its middle leads through. */
function directoriesAbove(pattern: string): string[] {
  if (pattern.startsWith('!')) return []
  const names = pattern
    .replace(/^\//, '')
    .replace(/\/+\s*$/, '')
    .split('/')
  return names
    .slice(0, -1)
    .map((_, index) => names.slice(0, index + 1))
    .filter((above) => !above.every((name) => name === '**'))
    .map((above) => `/${above.join('/')}`)
}
