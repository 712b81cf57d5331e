// The trees that are measured on: each user gets copies of their own.

import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory, World } from './world.mjs'

// Nobody's, as long as the machine has no user of that number. It needs no entry in /etc/passwd.
const plainUser = 61_234

/**
 * Root with the kernel backend, and a plain user with userns; the latter alone if root is not who runs this.
 * source: a git repository, of which the last commit is copied. editSize: how many files `sed` is to edit at a time.
 */
export function makeWorlds({ source, scratch, editSize }) {
  const isRoot = process.getuid() === 0
  const plain = makeWorld({ source, scratch, editSize, backend: 'userns', uid: isRoot ? plainUser : undefined })
  return isRoot ? [makeWorld({ source, scratch, editSize, backend: 'kernel', uid: undefined }), plain] : [plain]
}

function makeWorld({ source, scratch, editSize, backend, uid }) {
  const directory = makeDirectory(join(scratch, backend))
  const big = join(directory, 'big')
  must(['git', 'clone', '--quiet', '--no-hardlinks', source, big])
  const small = makeDirectory(join(directory, 'small'))
  for (let entry = 0; entry < 10; entry += 1) writeFileSync(join(small, `file-${entry}.txt`), 'a line of text\n')
  makeDirectory(join(directory, 'home'))
  if (uid !== undefined) must(['chown', '-R', `${uid}:${uid}`, directory])
  const docs = existsSync(join(big, 'Documentation')) ? 'Documentation' : 'docs'
  const world = new World({ backend, uid, directory, docs, files: regularFiles(big), editSize })
  // A new owner is a new ctime: git reads every file once more, and then knows them.
  world.run(['git', 'status', '--short'], { cwd: big })
  world.run(['sync', '-f', '.'])
  return world
}

/** Regular files with content, which `sed` edits. */
function regularFiles(tree) {
  const listed = must(['find', tree, '-name', '.git', '-prune', '-o', '-type', 'f', '-size', '+0', '-printf', '%P\\0'])
  return listed
    .split('\0')
    .filter((name) => name !== '')
    .toSorted()
}

/** How many entries a tree has, without git's and the sessions' own. */
export function countEntries(tree) {
  const listed = must(
    ['find', tree, '-mindepth', '1', '(', '-name', '.git', '-o', '-name', '.openagentic', ')', '-prune'].concat([
      '-o',
      '-printf',
      '.',
    ]),
  )
  return listed.length
}

export function must(argv) {
  const done = spawnSync(argv[0], argv.slice(1), { encoding: 'latin1', maxBuffer: 1 << 30 })
  if (done.status !== 0) throw new Error(`${argv.join(' ')}: ${done.error?.message ?? done.stderr}`)
  return done.stdout
}
