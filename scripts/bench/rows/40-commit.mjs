import { join } from 'node:path'
import { atMostTimes, below, lessThan } from '../targets.mjs'

const section = '`sed -i` over the files of a large edit, review, commit'

export const rows = [
  { id: 'sed', section, what: '`sed -i` in merged', others: ['in a plain copy'], targets: [] },
  { id: 'status', section, what: 'the first `status` after it', targets: [below(1000, 'ms')] },
  { id: 'status-again', section, what: '`status` once more', targets: [below(1000, 'ms')] },
  {
    id: 'commit',
    section,
    what: '`commit`, after a `sync`',
    others: ['cp -a of the files', 'cp -a and sync', 'cp -a over the old ones and sync'],
    targets: [lessThan('cp -a of the files'), lessThan('cp -a over the old ones and sync')],
    note:
      'A commit ends with everything on the disk, twice over (before its mark and after the last rename); `cp -a` ends with all of it in memory, ' +
      'so with `sync` is the like for the like. `cp -a of the files` and `cp -a and sync` copy the files of the real tree to an empty directory beside it. ' +
      '`cp -a over the old ones and sync` does the same job as the commit: it copies the edited files over a copy of the real ones. It writes into them in place, though: ' +
      'no new inodes, nothing kept, and half of it is there if it is cut short. Each round has other files, and nothing is removed meanwhile.',
  },
  {
    id: 'commit-no-sync',
    section,
    what: '`commit --no-sync`, after a `sync`',
    others: ['cp -a of the files'],
    targets: [lessThan('cp -a of the files')],
  },
  {
    id: 'commit-dirty',
    section,
    what: '`commit` right after the edit and the review',
    others: ['cp -a of the files'],
    targets: [lessThan('cp -a of the files')],
    note: 'Here the edit itself has not reached the disk yet, and the commit waits for it.',
  },
  {
    id: 'commit-close',
    section,
    what: '`commit --close`, after a `sync`',
    others: ['cp -a over the old ones and sync'],
    targets: [atMostTimes(1 / 8, 'cp -a over the old ones and sync')],
    note:
      'With `--close` nothing is copied: the files of the session are moved, and the session is unmounted first, which is part of it. An eighth of the copy is out of reach here: ' +
      'calls that cannot be left out take longer by themselves. Measured alone for 10,000 files: 50 ms for Node and the program to start, 55 ms to look at both sides of each once, 95 to 200 ms for the exchanges ' +
      '(each below two directories that are opened beneath their roots), 45 ms for each of two `syncfs`, and 70 to 240 ms for the unmount, in which the kernel drops every inode that was seen in merged.',
  },
  {
    id: 'commit-new',
    section,
    what: '`commit` of 100,000 new small files in 1,000 new directories',
    others: ['cp -a of them and sync'],
    targets: [below(5000, 'ms')],
    note: 'On a warm disk: a round that does not count goes before. `cp -a of them and sync` copies the same files from the session to a new directory, by turns before and after the commit.',
  },
]

// What one kind of commit is measured with: its row, whether the edit is on the disk by then, options, and rounds.
const kinds = [
  { id: 'commit', isSynced: true, options: [], rounds: 3 },
  { id: 'commit-no-sync', isSynced: true, options: ['--no-sync'], rounds: 1 },
  { id: 'commit-dirty', isSynced: false, options: [], rounds: 1 },
  { id: 'commit-close', isSynced: true, options: ['--close'], rounds: 1 },
]

/**
 * Each round edits and commits files that no round before it touched, and nothing is removed, here or in the rows before, but with all else
 * at the very end: ext4 does not give out an inode again within minutes of its removal, and searches past all of those at each new file.
 */
export function measure(world, results) {
  if (results.wants('commit-new')) {
    manyNew(world, results, { record() {} })
    for (let round = results.rounds(3); round > 0; round -= 1) manyNew(world, results, results, round % 2 === 0)
  }
  const wanted = kinds.filter(
    ({ id }) => results.wants(id) || (id === 'commit' && results.wants('sed', 'status', 'status-again')),
  )
  if (wanted.length === 0) return
  // The texts are for Ruby, later.
  const files = world.files.filter((name) => !name.startsWith(`${world.docs}/`))
  oneEdit(world, kinds[0], files.splice(0, world.editSize / 10), { record() {} })
  const sets = dealFiles(
    files,
    wanted.reduce((sum, { rounds }) => sum + rounds, 0),
    world.editSize,
  )
  for (const kind of wanted) {
    for (let round = results.rounds(kind.rounds); round > 0; round -= 1) oneEdit(world, kind, sets.pop(), results)
  }
}

/** Blocks of neighbouring files, dealt to the rounds like cards, so that every round gets the same mixture. */
function dealFiles(files, count, size) {
  const block = 50
  const sets = Array.from({ length: count }, () => [])
  for (let at = 0; at < files.length; at += block) {
    sets[(at / block) % count].push(...files.slice(at, at + block))
  }
  const least = Math.min(...sets.map(({ length }) => length))
  if (least < size) throw new Error(`expected ${count} times ${size} files to edit, found ${files.length}`)
  return sets.map((set) => set.slice(0, size))
}

function oneEdit(world, { id, isSynced, options }, files, results) {
  const copied = join(world.directory, `copied-${world.newId()}`)
  // Whoever reads the files first may have to wait for the disk.
  copy(world, files, `${copied}-first`, 'true')
  world.run(['sync'])
  results.record(id, world.backend, 'cp -a of the files', copy(world, files, copied, 'true'))
  if (id === 'commit') {
    world.run(['sync'])
    const target = `${copied}-synced`
    results.record(id, world.backend, 'cp -a and sync', copy(world, files, target, `sync -f ${target}`))
    results.record('sed', world.backend, 'in a plain copy', edit(world, files, copied))
  }
  const session = world.session(world.big)
  const changedBefore = changedFiles(world)
  const sed = edit(world, files, session.merged)
  const first = world.overlay(world.big, ['status', session.id])
  const again = world.overlay(world.big, ['status', session.id])
  expectCount(lines(first.stdout), files.length)
  if (isSynced) world.run(['sync'])
  if (id === 'commit' || id === 'commit-close') {
    results.record(
      id,
      world.backend,
      'cp -a over the old ones and sync',
      copyOver(world, session.upper, `${copied}-first`),
    )
  }
  const commit = world.overlay(world.big, ['commit', session.id, '--yes', ...options])
  expectCount(changedFiles(world) - changedBefore, files.length)
  if (id !== 'commit-close') world.overlay(world.big, ['unmount', session.id])
  results.record(id, world.backend, 'ours', commit.ms)
  if (id !== 'commit') return
  results.record('sed', world.backend, 'ours', sed)
  results.record('status', world.backend, 'ours', first.ms)
  results.record('status-again', world.backend, 'ours', again.ms)
}

/** A session of a project of its own, in which a program makes many files. */
function manyNew(world, { quick }, results, copiesFirst = true) {
  const project = world.emptyDirectory(`many-${world.newId()}`)
  const session = world.session(project)
  const [directories, files] = quick ? [10, 100] : [1000, 100]
  world.run([process.execPath, '-e', makeFiles, session.merged, `${directories}`, `${files}`])
  world.overlay(project, ['status', session.id])
  world.run(['sync', '-f', project])
  const copyAll = () => {
    const target = world.emptyDirectory(`many-copied-${world.newId()}`)
    results.record('commit-new', world.backend, 'cp -a of them and sync', copyOver(world, session.upper, target))
  }
  if (copiesFirst) copyAll()
  results.record('commit-new', world.backend, 'ours', world.overlay(project, ['commit', session.id, '--yes']).ms)
  if (!copiesFirst) copyAll()
  world.overlay(project, ['unmount', session.id])
}

const makeFiles = `
  const { mkdirSync, writeFileSync } = require('node:fs')
  const [top, directories, files] = process.argv.slice(1)
  for (let dir = 0; dir < directories; dir += 1) {
    mkdirSync(top + '/' + dir)
    for (let file = 0; file < files; file += 1) writeFileSync(top + '/' + dir + '/file-' + file, 'file ' + file)
  }`

function edit(world, files, cwd) {
  return world.time(['xargs', '-0', '-n', '1000', 'sed', '-i', '1s/$/ edited/'], { cwd, input: nulEnded(files) })
}

/** then: a shell command that runs after the copy, and counts. */
function copy(world, files, target, then) {
  world.run(['mkdir', target])
  const script = `xargs -0 cp -a --parents -t '${target}' && ${then}`
  return world.time(['sh', '-c', script], { cwd: world.big, input: nulEnded(files) })
}

/** What `commit` does, by cp: all that the session changed, over files of the same names. */
function copyOver(world, upper, target) {
  return world.time(['sh', '-c', `cp -a '${upper}/.' '${target}/' && sync -f '${target}'`])
}

function nulEnded(files) {
  return Buffer.from(files.map((name) => `${name}\0`).join(''), 'latin1')
}

function changedFiles(world) {
  return lines(world.run(['git', 'status', '--short'], { cwd: world.big }).stdout)
}

function lines(text) {
  return text.split('\n').filter((line) => line !== '').length
}

function expectCount(found, wanted) {
  if (found !== wanted) throw new Error(`expected ${wanted} changes, found ${found}`)
}
