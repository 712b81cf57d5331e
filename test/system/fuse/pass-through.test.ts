import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { release } from 'node:os'
import { beforeEach, expect, test } from 'vitest'
import { need, noProgram } from '../../helpers/capability.js'
import { type CliBed, cliBed } from '../../helpers/cli-bed.js'
import { noFuse } from '../../helpers/fuse-bed.js'

// In root's sessions the kernel reads and writes files of the upper by itself, and asks the server for those of the project.

let bed: CliBed
let merged = ''

beforeEach((context) => {
  need(context, noFuse() ?? noProgram('python3') ?? noPassThrough())
  bed = cliBed()
  merged = bed.run('mount', 's', '--backend', 'fuse').stdout.trim()
})

function noPassThrough(): string | undefined {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 9) ? undefined : 'the kernel is older than 6.9'
}

/** Runs a script that stops the server, whose process it is told. */
function withServer(script: string, name: string): SpawnSyncReturns<string> {
  const { holder } = JSON.parse(bed.sh('cat .openagentic/sessions/s/session.json').stdout) as {
    holder: { pid: number }
  }
  try {
    return spawnSync('python3', ['-c', script, `${holder.pid}`, name], { cwd: merged, encoding: 'utf8' })
  } finally {
    process.kill(holder.pid, 'SIGCONT')
  }
}

/** Opens a file, and writes and reads it while the server is stopped: killed by the alarm where that has to wait for the server. */
const alone = `import os, signal, sys
file = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT)
os.write(file, b'.')  # the first write of all asks for capabilities
os.kill(int(sys.argv[1]), signal.SIGSTOP)
signal.alarm(5)
os.pwrite(file, b'by the kernel', 0)
read = os.pread(file, 13, 0)
os.kill(int(sys.argv[1]), signal.SIGCONT)
print(read.decode())
`

test.each(['new', 'README.md'])('of %s, once it is open, the server is asked nothing', (name) => {
  // The first close of all asks whether it has to be told of each.
  readFileSync(`${merged}/README.md`)
  expect(withServer(alone, name)).toMatchObject({ stderr: '', stdout: 'by the kernel\n', signal: null })
  expect(readFileSync(`${merged}/${name}`, 'utf8')).toMatch(/^by the kernel/)
  expect(bed.run('status').stdout).toBe(name === 'new' ? 'A new\n' : 'M README.md\n')
})

/** Opens a file of the project for the second time, and reads it while the server is stopped. */
const again = `import os, signal, sys
def read(file): return os.pread(file, 3, 0).decode()
read(os.open(sys.argv[2], os.O_RDONLY))
file = os.open(sys.argv[2], os.O_RDONLY)
os.kill(int(sys.argv[1]), signal.SIGSTOP)
signal.alarm(5)
text = read(file)
os.kill(int(sys.argv[1]), signal.SIGCONT)
print(text)
`

test('content of the project is kept over the next open', () => {
  readFileSync(`${merged}/README.md`)
  expect(withServer(again, 'README.md')).toMatchObject({ stderr: '', stdout: 'one\n', signal: null })
})

test('what is open as the project has it goes on with the copy, and whoever opens it then sees the same', () => {
  const file = `${merged}/README.md`
  const reader = openSync(file, 'r')
  const into = Buffer.alloc(20)
  const read = (): string => into.toString('latin1', 0, readSync(reader, into, 0, into.length, 0))
  expect(read()).toBe('one\ntwo\n')
  const writer = openSync(file, 'r+')
  writeSync(writer, 'ONE')
  expect([read(), readFileSync(file, 'utf8')]).toEqual(['ONE\ntwo\n', 'ONE\ntwo\n'])
  closeSync(reader)
  writeSync(writer, '!')
  expect(readFileSync(file, 'utf8')).toBe('ONE!two\n')
  closeSync(writer)
})

test('pages that the kernel has from before are not taken for the content later', () => {
  const file = `${merged}/README.md`
  const reader = openSync(file, 'r')
  // Asked for by pages, as the project's own is open.
  bed.sh(`printf three >>${merged}/README.md; cat ${merged}/README.md`)
  closeSync(reader)
  writeFileSync(file, 'ONE\ntwo\nTHREE')
  // With setuid the server is asked again.
  bed.sh(`chmod 4755 ${merged}/README.md`)
  expect(readFileSync(file, 'utf8')).toBe('ONE\ntwo\nTHREE')
})
