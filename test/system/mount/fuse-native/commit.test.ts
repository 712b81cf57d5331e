import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { expect, test } from 'vitest'
import { commitSession } from '../../../../src/commit/commit-session.js'
import { undoCommit } from '../../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../../src/os/system-ports.js'
import { need } from '../../../helpers/capability.js'
import { noFuseNative } from '../../../helpers/fuse-bed.js'
import { fuseNativeBed } from '../../../helpers/fuse-native-bed.js'

test('what was done by it is committed while it is mounted, and undone, with times to the nanosecond', async (context) => {
  need(context, noFuseNative())
  const ports = systemPorts()
  const bed = await fuseNativeBed((project) => {
    fs.mkdirSync(`${project}/dir/deep`, { recursive: true })
    for (const name of ['kept', 'edited', 'gone', 'dir/deep/moved']) fs.writeFileSync(`${project}/${name}`, name)
    fs.writeFileSync(`${project}/replaced`, 'old', { mode: 0o755 })
  })
  const found = "find . -mindepth 1 -path ./.openagentic -prune -o -printf '%p %y %m %s %T@ ' -exec sha1sum {} \\; 2>&1"
  const see = () => execFileSync('sh', ['-c', `${found} | sort`], { cwd: bed.project, encoding: 'utf8' })
  const shown = (name: string) => fs.readFileSync(`${bed.session.merged}/${name}`, 'utf8')
  try {
    const before = see()
    const { merged } = bed
    merged.write('edited', 0o2001, 0, 0, ' more')
    merged.unlink('gone')
    merged.rename('dir', 'renamed', 0)
    merged.mkdir('made', 0o755)
    merged.write('made/new', 0o101, 0o600, 0, 'new')
    merged.write('fresh', 0o101, 0o644, 0, 'fresh')
    const open = fs.openSync(`${bed.session.merged}/replaced`, 'r')
    merged.rename('fresh', 'replaced', 0)
    merged.write('open', 0o101, 0o644, 0, 'x')
    const removed = fs.openSync(`${bed.session.merged}/open`, 'r')
    merged.unlink('open')
    for (const fd of [open, removed]) fs.closeSync(fd)
    await commitSession(ports, bed.session)
    const project = (name: string) => fs.readFileSync(`${bed.project}/${name}`, 'utf8')
    expect(fs.readdirSync(bed.project).sort()).toEqual([
      '.openagentic',
      'edited',
      'kept',
      'made',
      'renamed',
      'replaced',
    ])
    expect([project('edited'), project('made/new'), project('replaced')]).toEqual(['edited more', 'new', 'fresh'])
    expect([project('renamed/deep/moved'), shown('renamed/deep/moved')]).toEqual(['dir/deep/moved', 'dir/deep/moved'])
    await undoCommit(ports, bed.session)
    expect(see()).toEqual(before)
  } finally {
    await bed.end()
  }
})
