import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'
import { plainUser } from '../../helpers/cli-bed.js'
import { makeTop } from '../../helpers/scratch-session.js'
import { allBackends, type OverlayBackend } from '../../helpers/test-overlays.js'

const tops: string[] = []
afterAll(() => {
  for (const top of tops) execFileSync('rm', ['-rf', '--one-file-system', top])
})

/** What its owner does to a file with setuid and setgid; `$0` is another one. */
const ways = {
  'a write at its end': 'printf x >>"$1"',
  'a write into it': 'printf x | dd of="$1" conv=notrunc status=none',
  'a direct write': 'dd if=/dev/zero of="$1" bs=4096 count=1 oflag=direct status=none',
  'opening it to cut it': ': >"$1"',
  truncate: 'truncate -s 2 "$1"',
  fallocate: 'fallocate -l 100 "$1"',
  'punching a hole': 'fallocate -p -o 0 -l 2 "$1"',
  copy_file_range: `python3 -c 'import os, sys
os.copy_file_range(os.open(sys.argv[1], 0), os.open(sys.argv[2], 1), 2)' "$0" "$1"`,
  chown: 'chown "$(id -u)" "$1"',
}

interface Bed {
  readonly merged: string
  readonly uid: number
}

async function privileged(backend: OverlayBackend, mode: number): Promise<Bed> {
  const top = makeTop(backend, 'privileges')
  tops.push(top)
  chmodSync(top, 0o755)
  const dirs = { lower: `${top}/lower`, upper: `${top}/upper`, work: `${top}/work`, merged: `${top}/merged` }
  const uid = backend.user === 0 ? plainUser : backend.user
  for (const dir of Object.values(dirs)) {
    mkdirSync(dir)
    chownSync(dir, backend.user, backend.user)
  }
  for (const name of ['file', 'other']) {
    writeFileSync(`${dirs.lower}/${name}`, 'text\n')
    chownSync(`${dirs.lower}/${name}`, uid, uid)
  }
  chmodSync(`${dirs.lower}/file`, mode)
  const overlay = await backend.mount(dirs)
  onTestFinished(() => overlay.unmount())
  return { merged: overlay.merged, uid }
}

describe.each(allBackends)('on $name', (backend) => {
  beforeEach((context) => need(context, backend.missing() ?? noProgram('python3')))

  test.each(Object.entries(ways))('%s takes setuid and setgid away, for all to see at once', async (_way, script) => {
    const { merged, uid } = await privileged(backend, 0o6755)
    const command = `stat -c %a "$1"; { ${script}; } && stat -c %a "$1"`
    const user = { uid, gid: uid, cwd: '/', encoding: 'utf8' } as const
    const done = spawnSync('sh', ['-c', command, `${merged}/other`, `${merged}/file`], user)
    expect(done).toMatchObject({ stderr: '', stdout: '6755\n755\n' })
  })

  test('setgid without execution by the group is no privilege, and stays', async () => {
    const { merged, uid } = await privileged(backend, 0o2644)
    spawnSync('sh', ['-c', 'printf x >>"$1"', '', `${merged}/file`], { uid, gid: uid, cwd: '/' })
    expect((statSync(`${merged}/file`).mode & 0o7777).toString(8)).toBe('2644')
  })
})
