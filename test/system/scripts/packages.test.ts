import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { need, noRoot } from '../../helpers/capability.js'

const scripts = join(dirname(fileURLToPath(import.meta.url)), '../../../scripts')

let bin: string
beforeEach((context) => {
  need(context, noRoot())
  bin = mkdtempSync(join(tmpdir(), 'overlay-packages-'))
  chmodSync(bin, 0o777)
  for (const tool of ['bash', 'dirname', 'env']) symlinkSync(`/usr/bin/${tool}`, join(bin, tool))
})
afterEach(() => {
  rmSync(bin, { recursive: true, force: true })
})

/** Runs `command` on a machine whose only package manager is `manager`, which just notes how it is called. */
function shell(manager: string, command: string, uid = 0): { status: number | null; stderr: string; calls: string[] } {
  const log = join(bin, 'calls')
  writeFileSync(join(bin, manager), `#!/usr/bin/bash\nprintf '%s\\n' "$*" >>${log}\n`, { mode: 0o755 })
  // common.sh adds the system's own directories, where this machine's package manager is.
  const script = `source ${scripts}/lib/common.sh; source ${scripts}/lib/packages.sh; PATH=${bin}; hash -r; ${command}`
  const options = { encoding: 'utf8', uid, gid: uid, env: { PATH: `${bin}:/usr/bin:/bin`, HOME: bin } } as const
  const { status, stderr } = spawnSync('/usr/bin/bash', ['-c', script], options)
  return { status, stderr, calls: existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [] }
}

test.each([
  ['apt-get', /^install -y -qq --no-install-recommends .* build-essential$/],
  ['dnf', /^install -y -q gcc$/],
  ['pacman', /^-S --needed --noconfirm --quiet gcc$/],
  ['apk', /^add --quiet build-base$/],
])('installs by %s, under its own name', (manager, call) => {
  const { status, stderr, calls } = shell(manager, "want compiler 'links'")
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/^installing [a-z-]+: links\n$/) })
  expect(calls.at(-1)).toMatch(call)
})

test('refreshes the list of packages once', () => {
  const { calls } = shell('apk', "want compiler 'links'; want acl 'tests'")
  expect(calls).toEqual(['update --quiet', 'add --quiet build-base', 'add --quiet acl'])
})

test('prints the command where it may not run it', () => {
  const { status, stderr, calls } = shell('dnf', "want pip 'downloads'", 54_321)
  expect({ status, calls }).toEqual({ status: 1, calls: [] })
  expect(stderr).toMatch(
    /this needs root. Run it yourself, then start this script again:\n {2}dnf install -y -q python3-pip\n$/,
  )
})

test('says what a distribution does not have', () => {
  const { status, stderr, calls } = shell('pacman', "want vagrant 'validates'")
  expect({ status, calls }).toEqual({ status: 1, calls: [] })
  expect(stderr).toBe('warning: vagrant (validates): this distribution has no package for it\n')
})

test('names what to install where it knows no package manager', () => {
  const { status, stderr } = shell('emerge', "want git 'clones'")
  expect(status).toBe(1)
  expect(stderr).toContain(
    'no package manager that this script knows (apt-get, dnf, pacman, apk); install by hand: git',
  )
})
