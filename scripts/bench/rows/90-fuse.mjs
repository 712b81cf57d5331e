import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { atMostTimes } from '../targets.mjs'
import { hasProgram, undoing } from '../world.mjs'

const section = 'The FUSE backend beside fuse-overlayfs'
const others = ['fuse-overlayfs', 'kernel overlayfs']
const who = 'root, `fuse`'

const note =
  'Each kind of mount is made anew over the same trees; they are measured by turns. "First" is right after the kernel dropped all names and inodes that it kept ' +
  '(`drop_caches` 2), content stays in memory; "again" is once more at once. All but the walks is on a tmpfs, as ext4 makes files slowly for minutes after some were removed. Microseconds are those of a C program that does nothing else (`scripts/bench/file-calls.c`).'

const row = (id, what, unit) => ({
  id: `fuse-${id}`,
  section,
  what,
  unit,
  who,
  others,
  targets: [atMostTimes(1.5, 'fuse-overlayfs')],
  note,
})

const microseconds = 'µs'
// A tmpfs below the world's directory.
const memory = 'fuse-memory'
const walks = {
  'stat-walk': [
    '`find` with a stat of every entry',
    ['find', '.', '-name', '.git', '-prune', '-o', '-printf', '%s%T@'],
  ],
  search: ['`rg -F`, a phrase in every file', ['rg', '--no-messages', '-F', 'copy_from_kernel_nofault', '.']],
  'git-status': ['`git status`', ['git', 'status', '--short']],
}
const calls = {
  stat: 'stat of a file',
  open: 'open, read of 4 KB and close of a file',
}

export const rows = [
  ...Object.entries(walks).flatMap(([id, [what]]) => [row(`${id}-first`, `${what}, first`), row(id, `${what}, again`)]),
  ...Object.entries(calls).flatMap(([id, what]) => [
    row(`${id}-first`, `${what}, first`, microseconds),
    row(id, `${what}, again`, microseconds),
  ]),
  row('write', 'write of 4 KB', microseconds),
  row('create', 'making a small file, one of 5,000', microseconds),
  row('unlink', 'removing it', microseconds),
  row('untar', '`tar -x` of the texts of the tree'),
  row('write-512', 'writing 512 MiB, one MiB at a time, and fsync'),
  row('read-512', 'reading them, when the kernel keeps nothing of merged'),
  row('read-512-again', 'reading them again'),
]

/** As root alone: others may not drop what the kernel keeps. */
export function measure(world, results) {
  if (world.backend !== 'kernel' || !results.wants(...rows.map(({ id }) => id))) return
  if (!existsSync('/dev/fuse') || !hasProgram('cc')) return
  undoing((undo) => {
    const calls = compile(world, undo)
    const disk = world.emptyDirectory(memory)
    world.run(['mount', '-t', 'tmpfs', 'bench', disk])
    undo.push(() => world.run(['umount', disk]))
    const files = join(disk, 'files')
    mkdirSync(files)
    world.run([calls, 'make', files])
    const archive = join(world.directory, 'fuse-texts.tar')
    world.run(['tar', '-cf', archive, world.docs], { cwd: world.big })
    undo.push(() => rmSync(archive))
    for (let round = -1; round < results.rounds(3); round += 1) {
      for (const subject of ['ours', ...others]) {
        const record = (id, value) => {
          if (round >= 0 && results.wants(`fuse-${id}`)) results.record(`fuse-${id}`, world.backend, subject, value)
        }
        naming(subject, () => {
          undoing((after) => onFiles(world, subject, { files, calls, archive, record }, after))
          if (round < results.rounds(2)) undoing((after) => onTree(world, subject, record, after))
        })
      }
    }
  })
}

/** Of three kinds of mounts a failure has to say whose it is. */
function naming(subject, run) {
  try {
    run()
  } catch (error) {
    throw new Error(`${subject}: ${error.message}`, { cause: error })
  }
}

function onFiles(world, subject, { files, calls, archive, record }, undo) {
  const merged = mounted(world, subject, files, undo, `${memory}/layers`)
  if (merged === undefined) return
  const each = (what) => Number(world.run([calls, what, merged]).stdout)
  for (const what of ['stat', 'open']) {
    dropNames()
    record(`${what}-first`, each(what))
    record(what, each(what))
  }
  for (const what of ['create', 'unlink', 'write']) record(what, each(what))
  record('untar', world.time(['tar', '-xf', archive], { cwd: merged }))
  const large = join(merged, 'large')
  const blocks = ['bs=1M', 'count=512', 'status=none']
  record('write-512', world.time(['dd', 'if=/dev/zero', `of=${large}`, ...blocks, 'conv=fsync']))
  writeFileSync('/proc/sys/vm/drop_caches', '3')
  record('read-512', world.time(['dd', `if=${large}`, 'of=/dev/null', ...blocks]))
  record('read-512-again', world.time(['dd', `if=${large}`, 'of=/dev/null', ...blocks]))
}

function onTree(world, subject, record, undo) {
  const merged = mounted(world, subject, world.big, undo)
  if (merged === undefined) return
  for (const [id, [, argv]] of Object.entries(walks)) {
    if (!hasProgram(argv[0])) continue
    dropNames()
    record(`${id}-first`, world.time(argv, { cwd: merged }))
    record(id, world.time(argv, { cwd: merged }))
  }
}

/** A mount of this kind over a tree, until `undo` runs. `layers`: where fuse-overlayfs has its upper, below the world's directory. */
function mounted(world, subject, tree, undo, layers) {
  if (subject === 'ours') return world.session(tree, undo, 'fuse').merged
  if (subject === 'kernel overlayfs') return world.session(tree, undo).merged
  return world.fuseOverlay(tree, undo, layers)?.merged
}

function dropNames() {
  writeFileSync('/proc/sys/vm/drop_caches', '2')
}

function compile(world, undo) {
  const directory = join(world.directory, 'fuse-calls')
  mkdirSync(directory)
  undo.push(() => rmSync(directory, { recursive: true }))
  const program = join(directory, 'file-calls')
  world.run(['cc', '-O2', '-o', program, join(import.meta.dirname, '../file-calls.c')])
  return program
}
