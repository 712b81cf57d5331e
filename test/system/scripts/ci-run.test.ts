import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { need, noRoot } from '../../helpers/capability.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

let checkout: string
beforeEach((context) => {
  need(context, noRoot())
  checkout = mkdtempSync(join(tmpdir(), 'openagentic-ci-run-'))
  for (const folder of ['.ci', 'scripts', 'native-helpers', 'left here']) mkdirSync(join(checkout, folder))
  copyFileSync(join(root, '.ci/run'), join(checkout, '.ci/run'))
})
afterEach(() => {
  rmSync(checkout, { recursive: true, force: true })
})

/** Runs the copy of .ci/run over a scripts/test.sh that does `body`. */
function run(body: string): { status: number | null; stdout: string; stderr: string } {
  const script = join(checkout, 'scripts/test.sh')
  writeFileSync(script, `#!/bin/bash\n${body}\n`)
  chmodSync(script, 0o755)
  return spawnSync('bash', ['.ci/run'], { cwd: checkout, encoding: 'utf8' })
}

test('passes the result and the last line on', () => {
  expect(run('echo "$CI"; echo "2 passed, 1 failed"; exit 1')).toEqual(
    expect.objectContaining({ status: 1, stdout: 'true\n2 passed, 1 failed\n', stderr: '' }),
  )
})

test('unmounts, ends and removes what the tests left behind, and nothing else', () => {
  const others = mkdtempSync(join(tmpdir(), 'openagentic-ci-run-others-'))
  const { status, stdout, stderr } = run(`
    mount -t tmpfs others ${others}
    mount -t tmpfs left 'left here'
    mkdir -p 'left here/a' "$TMPDIR/b"
    mount -t tmpfs left 'left here/a'
    mount -t tmpfs left "$TMPDIR/b"
    cp "$(command -v sleep)" native-helpers/holder
    native-helpers/holder 600 >/dev/null 2>&1 &
    sleep 600 >/dev/null 2>&1 &
    echo "$TMPDIR" $! $(jobs -p %1)
    echo '1 passed, 0 failed'`)
  const [places = '', last] = stdout.trimEnd().split('\n')
  const [temporary = '', other, helper] = places.split(' ')
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
  try {
    expect({ status, last }).toEqual({ status: 0, last: '1 passed, 0 failed' })
    expect(stderr.match(/^left mounted: .*$/gm)).toHaveLength(3)
    expect(stderr.match(/^left running: .*$/gm)).toEqual([`left running: ${helper} native-helpers/holder 600 `])
    expect(mounts).not.toContain(checkout.slice(checkout.lastIndexOf('/')).concat('/'))
    expect(existsSync(temporary)).toBe(false)
    expect(mounts).toContain(others)
    expect(existsSync(`/proc/${other}`)).toBe(true)
  } finally {
    process.kill(Number(other))
    spawnSync('umount', [others])
    rmSync(others, { recursive: true })
  }
})
