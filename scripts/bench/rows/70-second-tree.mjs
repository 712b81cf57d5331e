import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeReflinkDisk } from '../reflink-disk.mjs'
import { lessThan } from '../targets.mjs'
import { hasProgram, undoing } from '../world.mjs'

const copies = ['cp -a', 'cp -a --reflink', 'git worktree add']
const others = [...copies, 'fuse-overlayfs']

export const rows = [
  {
    id: 'second-tree',
    section: 'A second tree to work in',
    what: 'until there is one: `mount`, or another way',
    others,
    shared: others,
    targets: copies.map(lessThan),
    note:
      'The copies leave out `.git`, which a tree to work with git in would need, too. `--reflink` copies within a ' +
      'file system that can share blocks (see Machine), in a file on the same disk. Each starts after a `sync`, and ends without one.',
  },
]

export function measure(world, results) {
  if (!results.wants('second-tree')) return
  undoing((undo) => {
    const measured = results.of('second-tree', world.backend, 'cp -a', true) !== undefined
    results.compare(
      'second-tree',
      world,
      { rounds: 5 },
      {
        ours: mounting(world),
        ...(measured ? {} : alternatives(world, results, undo)),
      },
    )
  })
}

function alternatives(world, results, undo) {
  const disk = makeReflinkDisk(world, undo)
  const copy = disk === undefined ? undefined : join(disk, 'tree')
  if (copy !== undefined) world.run(copying(world.big, copy, []), { cwd: world.directory })
  const slow = { rounds: results.rounds(2), warmUps: 0 }
  return {
    'cp -a': { ...filling(world, join(world.directory, 'copy'), (to) => copying(world.big, to, [])), ...slow },
    'cp -a --reflink':
      copy === undefined
        ? undefined
        : {
            ...filling(world, join(disk, 'copy'), (to) => copying(copy, to, ['--reflink=always'])),
            ...slow,
          },
    'git worktree add': {
      ...slow,
      before: () => world.run(['sync', '-f', '.']),
      run: () =>
        world.time(['git', 'worktree', 'add', '--quiet', '--detach', join(world.directory, 'worktree')], {
          cwd: world.big,
        }),
      after: () =>
        world.run(['git', 'worktree', 'remove', '--force', join(world.directory, 'worktree')], { cwd: world.big }),
    },
    'fuse-overlayfs':
      hasProgram('fuse-overlayfs') && world.uid === undefined
        ? () => undoing((unmount) => world.fuseOverlay(world.big, unmount).ms)
        : undefined,
  }
}

function mounting(world) {
  let id
  return {
    before: () => world.run(['sync', '-f', '.']),
    run: () => {
      id = world.newId()
      return world.overlay(world.big, ['mount', id]).ms
    },
    after: () => world.overlay(world.big, ['discard', id, '--yes']),
  }
}

function filling(world, target, command) {
  return {
    before: () => world.run(['sync']),
    run: () => world.time(command(target)),
    after: () => rmSync(target, { recursive: true, force: true }),
  }
}

/** The command that copies a tree into a new directory, without git's and the sessions' own. */
function copying(from, to, options) {
  const entries = readdirSync(from).filter((name) => name !== '.git' && name !== '.openagentic')
  return [
    'sh',
    '-c',
    'mkdir "$0" && exec cp -a -t "$0" "$@"',
    to,
    ...options,
    '--',
    ...entries.map((name) => join(from, name)),
  ]
}
