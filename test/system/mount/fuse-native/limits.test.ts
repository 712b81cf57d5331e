import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { constants } from 'node:os'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLayerOps } from '../../../../src/os/layer-ops.js'
import { loadAddon } from '../../../../src/os/load-addon.js'
import type { ByteString } from '../../../../src/paths/byte-string.js'
import { need } from '../../../helpers/capability.js'
import { noFuseNative } from '../../../helpers/fuse-bed.js'
import { type FuseNativeBed, fuseNativeBed } from '../../../helpers/fuse-native-bed.js'

const { EINVAL, EILSEQ, EOPNOTSUPP, EOVERFLOW, EPERM } = constants.errno
const ops = createLayerOps(loadAddon())
const omit = 0x3ffffffe

let bed: FuseNativeBed

beforeAll(async () => {
  if (noFuseNative() !== undefined) return
  bed = await fuseNativeBed((project) => {
    for (const name of ['file', 'kept']) fs.writeFileSync(`${project}/${name}`, 'base')
    fs.mkdirSync(`${project}/bytes`)
    fs.writeFileSync(Buffer.from(`${project}/bytes/a\xff`, 'latin1'), 'x')
    fs.mkdirSync(`${project}/acl`)
    execFileSync('setfacl', ['-d', '-m', 'u:65534:rwx', `${project}/acl`])
    fs.symlinkSync(Buffer.from('\xff', 'latin1'), `${project}/strange`)
    fs.writeFileSync(`${project}/old`, 'x')
    execFileSync('touch', ['-d', '@-5.5', `${project}/old`])
    fs.writeFileSync(`${project}/pair`, 'x')
  })
})
afterAll(() => bed?.end())
beforeEach((context) => need(context, noFuseNative()))

const at = (name: string): string => `${bed.session.merged}/${name}`

function inMerged<T>(use: (dir: number) => T): T {
  const dir = fs.openSync(bed.session.merged, 'r')
  try {
    return use(dir)
  } finally {
    fs.closeSync(dir)
  }
}

/** Table of docs/fuse.md. */
describe('what fuse-native cannot carry fails', () => {
  test('times that are set, and the file keeps its own', () => {
    const before = fs.statSync(at('file')).mtimeMs
    expect(bed.merged.utimes('file', 5)).toBe(-EOPNOTSUPP)
    expect(spawnSync('touch', [at('pair')], { encoding: 'utf8' }).stderr).toMatch(/Operation not supported/)
    expect(fs.statSync(at('file')).mtimeMs).toBe(before)
    expect(fs.existsSync(`${bed.session.upper}/file`)).toBe(false)
  })

  test('one time alone does not even reach it: nothing is changed', () => {
    const before = fs.statSync(at('file')).mtimeMs
    const name = 'file' as ByteString
    expect(inMerged((dir) => ops.setTimes(dir, name, 0, omit, 5, 0))).toBe(0)
    expect(fs.statSync(at('file')).mtimeMs).toBe(before)
    expect(fs.existsSync(`${bed.session.upper}/file`)).toBe(false)
  })

  test('times are shown to the millisecond, and those before 1970 not at all', () => {
    const real = fs.statSync(`${bed.project}/file`, { bigint: true }).mtimeNs
    expect(fs.statSync(at('file'), { bigint: true }).mtimeNs).toBe((real / 1_000_000n) * 1_000_000n)
    expect(bed.merged.see('old')).toBe(-EOVERFLOW)
  })

  test('hard links', () => {
    expect(bed.merged.link('file', 'linked')).toBe(-EPERM)
  })

  test('writing a file to which another backend gave a second name', async () => {
    const upper = bed.session.upper
    fs.writeFileSync(`${upper}/one`, 'same')
    fs.linkSync(`${upper}/one`, `${upper}/two`)
    expect(fs.readFileSync(at('two'), 'utf8')).toBe('same')
    expect(bed.merged.write('two', 1, 0, 0, 'other')).toBe(-EOPNOTSUPP)
    expect(() => fs.truncateSync(at('two'), 1)).toThrow(/ENOTSUP|EOPNOTSUPP/)
    expect(fs.readFileSync(at('one'), 'utf8')).toBe('same')
  })

  test.each(['\xff', 'a\xffb', '\xef\xbf\xbd'])('the name %j', (name) => {
    expect(bed.merged.write(name, 0o101, 0o644, 0, 'x')).toBe(-EILSEQ)
    expect(bed.merged.mkdir(name, 0o755)).toBe(-EILSEQ)
    expect(bed.merged.rename('file', name, 0)).toBe(-EILSEQ)
    expect(bed.merged.see(name)).toBe(-EILSEQ)
    expect(bed.merged.symlink(name, 'to-it')).toBe(-EILSEQ)
  })

  test('a directory with such a name is not listed as if it had none', () => {
    expect(bed.merged.list('bytes')).toBe(-EILSEQ)
    expect(bed.merged.rmdir('bytes')).toBe(-constants.errno.ENOTEMPTY)
    expect(() => fs.readlinkSync(at('strange'))).toThrow(/EILSEQ/)
  })

  test('flags of rename', () => {
    expect(bed.merged.rename('file', 'renamed', 1)).toBe(-EINVAL)
    expect(bed.merged.rename('file', 'pair', 2)).toBe(-EINVAL)
    expect(bed.merged.list('')).not.toContain('renamed')
  })

  test('room set aside, files without a name, and holes', () => {
    fs.writeFileSync(at('sparse'), 'x')
    fs.truncateSync(at('sparse'), 1 << 20)
    const fd = fs.openSync(at('sparse'), 'r+')
    expect(ops.allocate(fd, 0, 0, 4096)).toBe(-EOPNOTSUPP)
    expect(ops.seek(fd, 0, 4)).toBe(1 << 20)
    fs.closeSync(fd)
    expect(inMerged((dir) => ops.open(dir, '.' as ByteString, 0o20200002, 0o600))).toBe(-EOPNOTSUPP)
  })

  test('ACLs, and new files where they are to have one', () => {
    const set = spawnSync('setfacl', ['-m', 'u:65534:rwx', at('file')], { encoding: 'utf8' })
    expect(set.stderr).toMatch(/Operation not supported/)
    expect(bed.merged.removexattr('acl', 'system.posix_acl_default')).toBe(-EOPNOTSUPP)
    expect(bed.merged.write('acl/new', 0o101, 0o666, 0, 'x')).toBe(-EOPNOTSUPP)
    expect(bed.merged.mkdir('acl/dir', 0o777)).toBe(-EOPNOTSUPP)
  })

  test('an open file whose directory is removed', () => {
    fs.mkdirSync(at('lost'))
    fs.writeFileSync(at('lost/file'), 'x')
    const fd = fs.openSync(at('lost/file'), 'r+')
    fs.rmSync(at('lost'), { recursive: true })
    expect(() => fs.writeSync(fd, 'y')).toThrow(/ENOENT/)
    fs.closeSync(fd)
  })

  test('an edit of the same size, to who has the file open', () => {
    const fd = fs.openSync(at('kept'), 'r')
    expect(fs.readFileSync(fd, 'utf8')).toBe('base')
    fs.writeFileSync(`${bed.project}/kept`, 'mine')
    const other = fs.openSync(at('kept'), 'r')
    expect(fs.readFileSync(other, 'utf8')).toBe('mine')
    for (const open of [fd, other]) fs.closeSync(open)
  })

  test('other users, root of other users too', () => {
    const seen = execFileSync('sh', [
      '-c',
      `setpriv --reuid 65534 --clear-groups cat "$1" 2>&1 || true`,
      'sh',
      at('file'),
    ])
    expect(seen.toString()).toMatch(/Permission denied/)
  })
})

test('it is said when it mounts', () => {
  expect(bed.limits).toEqual([expect.stringMatching(/^fuse-native cannot set times/)])
})
