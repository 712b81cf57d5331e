import { execFileSync } from 'node:child_process'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RelPath } from '../../../src/paths/byte-string.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { scratch } from '../../helpers/scratch.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { mustBeOldOrNew, oldOrNew, treeDifferences } from '../../helpers/tree-oracle.js'

/** A tree made by a script, always with the same times. */
function made(script: string): TreeSnapshot {
  const { ops, path } = scratch()
  execFileSync('sh', ['-ec', `mkdir tree; cd tree; ${script}; find . -exec touch -h -d 2001-01-01 {} +`], { cwd: path })
  return snapshotTree(ops, `${path}/tree` as typeof path)
}

const base = 'echo a > a; echo b > b; mkdir d; ln a twin; ln -s a link'

describe('the oracle', () => {
  beforeEach((context) => need(context, noRoot() ?? noProgram('setfattr') ?? noProgram('setfacl')))

  it('tells the old tree from the new one', () => {
    const states = { old: made(base), new: made(`${base}; rm b; echo n > n`) }
    expect(oldOrNew(made(base), states).is).toBe('old')
    expect(oldOrNew(made(`${base}; rm b; echo n > n`), states).is).toBe('new')
    expect(oldOrNew(states.old, { old: states.old, new: states.old }).is).toBe('old')
  })

  it('sees a tree in between, and says where', () => {
    const states = { old: made(base), new: made(`${base}; rm b; echo n > n`) }
    const between = made(`${base}; rm b; echo x > a`)
    const { is, paths } = oldOrNew(between, states)
    expect(is).toBe('mixed')
    expect([...paths].filter(([, side]) => side !== 'either')).toEqual([
      ['a', 'neither'],
      ['b', 'new'],
      ['twin', 'neither'],
      ['n', 'old'],
    ])
    expect(() => mustBeOldOrNew(between, states)).toThrow(/a: neither\n.*content is .*, old .*/)
  })

  it.each([
    ['content', 'echo c > b', /^b: content is /],
    ['mode', 'chmod 600 b', /^b: mode is 600, expected 644$/],
    ['owner', 'chown 5:6 b', /^b: owner is 5:6, expected 0:0$/],
    ['an attribute', 'setfattr -n user.x -v 1 b', /^b: xattrs are .*user\.x/],
    ['an ACL', 'setfacl -m u:5:r b', /^b: xattrs are .*posix_acl_access/],
    ['a link target', 'ln -sf b link', /^link: content is b, expected a$/],
    ['a link group', 'rm twin; echo a > twin', /^(a|twin): linkedTo is , expected a$/],
    ['a type', 'rm b; mkdir b', /^b: type is dir, expected file$/],
  ])('sees %s', (_what, script, line) => {
    const differences = treeDifferences(made(`${base}; ${script}`), made(base))
    expect(
      differences.some((found) => line.test(found)),
      differences.join('\n'),
    ).toBe(true)
  })

  it('sees nanoseconds', () => {
    const { ops, path } = scratch()
    const look = (): TreeSnapshot => snapshotTree(ops, path)
    execFileSync('sh', ['-ec', 'touch -d "2001-01-01 00:00:00.000000001" f'], { cwd: path })
    const before = look()
    execFileSync('sh', ['-ec', 'touch -d "2001-01-01 00:00:00.000000002" f'], { cwd: path })
    expect(treeDifferences(look(), before)).toHaveLength(1)
  })

  it('reads a large file where it has data, the same with holes and without', () => {
    const content = (script: string): unknown => made(script).get('f' as RelPath)?.content
    const sparse = content('truncate -s 8M f; printf x | dd of=f bs=1 seek=5000000 conv=notrunc status=none')
    const full = content(
      'dd if=/dev/zero of=f bs=1M count=8 status=none; printf x | dd of=f bs=1 seek=5000000 conv=notrunc status=none',
    )
    expect(sparse).toBe(full)
    expect(content('truncate -s 8M f; printf y | dd of=f bs=1 seek=5000000 conv=notrunc status=none')).not.toBe(full)
    expect(content('truncate -s 8M f; printf x | dd of=f bs=1 seek=5000001 conv=notrunc status=none')).not.toBe(full)
    expect(content('truncate -s 1T f')).toBe(content('truncate -s 2M f'))
  })
})
