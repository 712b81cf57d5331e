import { describe, expect, it } from 'vitest'
import type { EntryType } from '../../../src/os/entry-stat.js'
import { relPath } from '../../../src/paths/rel-path.js'
import { compilePatterns } from '../../../src/session/path-patterns.js'

async function covers(patterns: readonly string[], path: string, type: EntryType = 'file'): Promise<boolean> {
  return (await compilePatterns(patterns)).covers(relPath(path), type)
}

describe('compilePatterns', () => {
  it.each([
    ['*.lock', 'a/b.lock'],
    ['/ci/', 'ci/run.sh'],
    ['/ci/', 'ci/a/b'],
    ['.husky/', 'sub/.husky/pre-commit'],
    ['ci/*.sh', 'ci/run.sh'],
    ['**/deploy', 'a/deploy'],
    ['/ci/run.sh', 'CI/Run.sh'],
    ['caf\u00e9', 'caf\u00c3\u00a9'],
    ['*', '\xff'],
  ])('%s covers %s', async (pattern, path) => {
    expect(await covers([pattern], path)).toBe(true)
  })

  it.each([
    ['/ci/', 'sub/ci/run.sh'],
    ['ci/*.sh', 'ci/a/run.sh'],
    ['*.lock', 'lock'],
  ])('%s does not cover %s', async (pattern, path) => {
    expect(await covers([pattern], path)).toBe(false)
  })

  it('covers nothing without patterns, no directory, and not the root', async () => {
    expect(await covers([], 'a')).toBe(false)
    expect(await covers(['*'], 'a', 'dir')).toBe(false)
    expect(await covers(['*'], '')).toBe(false)
  })

  it('lets a later pattern take an earlier one back', async () => {
    expect(await covers(['*.sh', '!/free.sh'], 'free.sh')).toBe(false)
    expect(await covers(['*.sh', '!/free.sh'], 'a/free.sh')).toBe(true)
  })

  it('covers what stands in the place of a directory that is meant', async () => {
    expect(await covers(['/ci/'], 'ci')).toBe(true)
    expect(await covers(['/ci/'], 'ci', 'symlink')).toBe(true)
  })

  it.each([
    ['/ci/run.sh', 'ci'],
    ['a/b/c', 'a'],
    ['a/b/c', 'a/b'],
    ['a/*/c', 'a/x'],
    ['**/ci/run.sh', 'x/ci'],
  ])('of %s, covers a symbolic link at %s, and no file', async (pattern, path) => {
    expect(await covers([pattern], path, 'symlink')).toBe(true)
    expect(await covers([pattern], path, 'file')).toBe(false)
  })

  it.each([
    ['**/run.sh', 'x'],
    ['run.sh', 'x'],
    ['a/b', 'c'],
    ['!a/b', 'a'],
  ])('of %s, covers no link at %s', async (pattern, path) => {
    expect(await covers([pattern], path, 'symlink')).toBe(false)
  })
})
