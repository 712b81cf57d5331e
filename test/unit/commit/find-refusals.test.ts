import { describe, expect, it } from 'vitest'
import type { WantedEntry } from '../../../src/changeset/change.js'
import { findRefusals, type ProjectFacts } from '../../../src/commit/find-refusals.js'
import { protectionOf } from '../../../src/commit/protected-paths.js'
import type { EntryStat } from '../../../src/os/entry-stat.js'
import type { AbsPath, ByteString, RelPath } from '../../../src/paths/byte-string.js'
import { makeChange, makeStat, makeWanted, target } from '../../helpers/make-change.js'

const capability = 'security.capability' as ByteString
const facts: ProjectFacts = {
  project: '/home/p' as AbsPath,
  stat: () => makeStat({ type: 'dir' }),
  xattrs: () => new Map(),
  target: () => '' as ByteString,
  protection: (path, type) => protectionOf(path, type)?.why,
}

function kinds(path: string, wanted: Partial<WantedEntry>, base?: EntryStat, project: ProjectFacts = facts): string[] {
  return findRefusals(makeChange(path, { wanted: makeWanted(wanted), base }), project).map(({ kind }) => kind)
}

describe('findRefusals', () => {
  it('has nothing against plain entries and deletions', () => {
    expect(kinds('a', {})).toEqual([])
    expect(kinds('a', { type: 'dir', mode: 0o1777 })).toEqual([])
    expect(findRefusals(makeChange('.git/hooks/x', { wanted: undefined }), facts)).toEqual([])
  })

  it.each([
    ['char', 'devices'],
    ['block', 'devices'],
    ['fifo', 'special'],
    ['socket', 'special'],
  ] as const)('refuses a %s', (type, kind) => {
    expect(kinds('a', { type })).toEqual([kind])
  })

  it('refuses setuid and setgid that the project did not have', () => {
    expect(kinds('a', { mode: 0o4755 })).toEqual(['setid'])
    expect(kinds('a', { mode: 0o2755 }, makeStat({ mode: 0o755 }))).toEqual(['setid'])
    expect(kinds('a', { mode: 0o4755 }, makeStat({ mode: 0o4755 }))).toEqual([])
    expect(kinds('a', { mode: 0o6755 }, makeStat({ mode: 0o4755 }))).toEqual(['setid'])
    expect(kinds('a', { mode: 0o4755 }, makeStat({ type: 'dir', mode: 0o4755 }))).toEqual(['setid'])
  })

  it('lets a directory inherit setgid', () => {
    const inherited: ProjectFacts = { ...facts, stat: () => makeStat({ type: 'dir', mode: 0o2775 }) }
    expect(kinds('d/new', { type: 'dir', mode: 0o2775 }, undefined, inherited)).toEqual([])
    expect(kinds('d/new', { type: 'dir', mode: 0o2775 })).toEqual(['setid'])
    expect(kinds('d/new', { type: 'file', mode: 0o2775 }, undefined, inherited)).toEqual(['setid'])
  })

  it('refuses capabilities that the project did not have', () => {
    const xattrs = new Map([[capability, new Uint8Array([1])]])
    expect(kinds('a', { xattrs })).toEqual(['capabilities'])
    expect(kinds('a', { xattrs }, makeStat(), { ...facts, xattrs: () => xattrs })).toEqual([])
    expect(
      kinds('a', { xattrs }, makeStat(), { ...facts, xattrs: () => new Map([[capability, new Uint8Array([2])]]) }),
    ).toEqual(['capabilities'])
  })

  it.each(['/etc/passwd', '../x', 'b/../../../x', '/home/pp', '/home/p/../q', '..'])(
    'refuses a link to %s at the top',
    (text) => {
      expect(kinds('a', target(text))).toEqual(['outside-links'])
    },
  )

  it.each(['b', './b', '/home/p', '/home/p/b', '..a', '.', `${'n'.repeat(300)}/x`])('lets a link to %s be', (text) => {
    expect(kinds('a', target(text))).toEqual([])
  })

  it('resolves a link from where it lies', () => {
    expect(kinds('d/e/a', target('../../b'))).toEqual([])
    expect(kinds('d/e/a', target('../../../b'))).toEqual(['outside-links'])
  })

  it.each([
    '.git/hooks/pre-commit',
    '.git/hooks/d/x',
    'sub/.git/hooks/x',
    '.git/modules/m/hooks/x',
    '.git/config',
    '.git/modules/m/n/config',
    '.git/config.worktree',
    '.git/info/attributes',
    '.gitmodules',
    '.envrc',
    'sub/.envrc',
    '.vscode/tasks.json',
    'sub/.git',
  ])('protects %s', (path) => {
    expect(kinds(path, {})).toEqual(['protected'])
  })

  it.each([
    '.git/hooks',
    '.git/index',
    '.git/objects/aa/bb',
    'hooks/x',
    '.gitmodules.txt',
    'a.envrc',
    '.vscode/settings.json',
    'config',
  ])('does not protect %s', (path) => {
    expect(kinds(path, path === '.git/hooks' ? { type: 'dir' } : {})).toEqual([])
  })

  it.each([
    '.GIT/hooks/x',
    '.Git/Config',
    'GIT~1/config',
    '.git. /hooks/x',
    '.ENVRC',
    '.git/rebase-merge/git-rebase-todo',
  ])('protects %s as well', (path) => {
    expect(kinds(path, {})).toEqual(['protected'])
  })

  it('refuses setuid and setgid for another owner or group', () => {
    expect(kinds('a', { mode: 0o4755, uid: 0 }, makeStat({ mode: 0o4755, uid: 1000 }))).toEqual(['setid'])
    expect(kinds('a', { mode: 0o2755, gid: 0 }, makeStat({ mode: 0o2755, gid: 1000 }))).toEqual(['setid'])
    expect(kinds('a', { mode: 0o4755, gid: 0 }, makeStat({ mode: 0o4755, gid: 1000 }))).toEqual([])
  })

  it.each(['.openagentic/sessions/s/upper/x', 'a/.openagentic', '/home/p/.openagentic/x'])(
    'refuses a link to %s',
    (text) => {
      expect(kinds('b', target(text))).toEqual(['outside-links'])
    },
  )

  it('lets be what the project has in just this form', () => {
    const device = { rdevMajor: 1, rdevMinor: 3 }
    expect(kinds('a', { type: 'char', ...device }, makeStat({ type: 'char', ...device }))).toEqual([])
    expect(kinds('a', { type: 'char', ...device }, makeStat({ type: 'char' }))).toEqual(['devices'])
    expect(kinds('a', { type: 'fifo', mode: 0o600 }, makeStat({ type: 'fifo' }))).toEqual([])
    const linked: ProjectFacts = { ...facts, target: () => '/etc' as ByteString }
    expect(kinds('a', target('/etc'), makeStat({ type: 'symlink' }), linked)).toEqual([])
    expect(kinds('a', target('/usr'), makeStat({ type: 'symlink' }), linked)).toEqual(['outside-links'])
  })

  it('looks at what moves along with a directory by its new path', () => {
    const moved = (wanted: Partial<WantedEntry>, project: Partial<ProjectFacts>): string[] => {
      const change = makeChange('d/new', { base: undefined, from: 'old' as RelPath, wanted: makeWanted(wanted) })
      return findRefusals(change, { ...facts, ...project }).map(({ kind }) => kind)
    }
    expect(moved({ type: 'fifo' }, { stat: () => makeStat({ type: 'fifo' }) })).toEqual([])
    expect(moved({ mode: 0o4755 }, { stat: () => makeStat({ mode: 0o4755 }) })).toEqual([])
    expect(moved({ mode: 0o4755 }, { stat: () => makeStat() })).toEqual(['setid'])
    const link = (text: string): Partial<ProjectFacts> => ({
      stat: () => makeStat({ type: 'symlink' }),
      target: () => text as ByteString,
    })
    expect(moved(target('/etc'), link('/etc'))).toEqual([])
    expect(moved(target('../../x'), link('../../x'))).toEqual(['outside-links'])
  })

  it('names every reason', () => {
    expect(kinds('.git/hooks/x', { mode: 0o4755 })).toEqual(['setid', 'protected'])
  })
})
