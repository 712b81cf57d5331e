import { join } from 'node:path'
import { below, lessThan } from '../targets.mjs'
import { undoing } from '../world.mjs'

const section = '`sed -i` over the files of a large edit, review, commit'

export const rows = [
  { id: 'sed', section, what: '`sed -i` in merged', others: ['in the real tree'], targets: [] },
  { id: 'status', section, what: 'the first `status` after it', targets: [below(1000, 'ms')] },
  { id: 'status-again', section, what: '`status` once more', targets: [below(1000, 'ms')] },
  {
    id: 'commit',
    section,
    what: '`commit`, after a `sync`',
    others: ['cp -a of the files', 'cp -a and sync'],
    targets: [lessThan('cp -a of the files')],
    note:
      'A commit ends with everything on the disk, twice over (before its mark and after the last rename); `cp -a` ends with all of it in memory, ' +
      'so `cp -a and sync` is the like for the like. `cp -a` copies the same files of the real tree to an empty directory beside it.',
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
]

export function measure(world, results) {
  if (results.wants('sed', 'status', 'status-again', 'commit')) {
    turns(results, 5, (isWarm) => oneEdit(world, { id: 'commit', synced: true, options: [] }, results, isWarm))
  }
  if (results.wants('commit-no-sync')) {
    turns(results, 3, (isWarm) =>
      oneEdit(world, { id: 'commit-no-sync', synced: true, options: ['--no-sync'] }, results, isWarm),
    )
  }
  if (results.wants('commit-dirty')) {
    turns(results, 3, (isWarm) => oneEdit(world, { id: 'commit-dirty', synced: false, options: [] }, results, isWarm))
  }
}

function turns(results, rounds, body) {
  body(false)
  for (let round = results.rounds(rounds); round > 0; round -= 1) body(true)
}

// From a clean tree to a clean tree.
function oneEdit(world, { id, synced, options }, results, isWarm) {
  const record = (row, subject, value) => (isWarm ? results.record(row, world.backend, subject, value) : undefined)
  const review = id === 'commit'
  if (review) {
    record('sed', 'in the real tree', edit(world, world.big))
    restore(world)
  }
  record(id, 'cp -a of the files', copy(world, 'exec'))
  if (review) record(id, 'cp -a and sync', copy(world, ''))
  undoing((undo) => {
    const session = world.session(world.big, undo)
    undo.push(() => restore(world))
    const sed = edit(world, session.merged)
    const first = world.overlay(world.big, ['status', session.id])
    const again = world.overlay(world.big, ['status', session.id])
    expectLines(first.stdout, world.files.length)
    if (synced) world.run(['sync'])
    const commit = world.overlay(world.big, ['commit', session.id, '--yes', ...options])
    expectLines(world.run(['git', 'status', '--short'], { cwd: world.big }).stdout, world.files.length)
    record(id, 'ours', commit.ms)
    if (!review) return
    record('sed', 'ours', sed)
    record('status', 'ours', first.ms)
    record('status-again', 'ours', again.ms)
  })
}

function edit(world, cwd) {
  const input = world.files.join('\0')
  return world.time(['xargs', '-0', '-n', '1000', 'sed', '-i', '1s/$/ edited/'], {
    cwd,
    input: Buffer.from(input, 'latin1'),
  })
}

function restore(world) {
  world.run(['git', 'checkout', '--quiet', '--', '.'], { cwd: world.big })
  world.run(['sync'])
}

/** last: `exec` for the copy alone, empty for a sync of what was copied, too. */
function copy(world, last) {
  const target = world.emptyDirectory('copied')
  world.run(['sync'])
  const script = `xargs -0 cp -a --parents -t "$0"${last === 'exec' ? '' : ' && sync -f "$0"'}`
  const input = Buffer.from(world.files.join('\0'), 'latin1')
  const ms = world.time(['sh', '-c', script, target], { cwd: world.big, input })
  world.run(['rm', '-rf', join(world.directory, 'copied')])
  return ms
}

function expectLines(text, count) {
  const found = text.split('\n').filter((line) => line !== '').length
  if (found !== count) throw new Error(`expected ${count} changes, found ${found}`)
}
