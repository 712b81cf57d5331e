import { readFileSync } from 'node:fs'
import { atMostTimes, below } from '../targets.mjs'
import { residentMemory, undoing } from '../world.mjs'

const section = 'Opening a session'

export const rows = [
  {
    id: 'mount',
    section,
    what: '`mount` of a new session, the whole command',
    others: ['on 10 entries', 'node -e 0'],
    // The spread of one and the same command from run to run is about a tenth.
    targets: [below(150, 'ms'), atMostTimes(1.1, 'on 10 entries')],
    note:
      'Variables that set Node up are taken out of the environment for all that is measured here: with `NODE_EXTRA_CA_CERTS`, every start of Node 20 ' +
      'reads all certificates that it knows of, which takes longer than all else in it.',
  },
  {
    id: 'attach',
    section,
    what: '`mount` of a detached session, the whole command',
    others: ['on 10 entries'],
    targets: [below(150, 'ms'), atMostTimes(1.1, 'on 10 entries')],
  },
  {
    id: 'holder-memory',
    section,
    what: 'resident memory of the process that keeps the session, after a `git status` in it',
    unit: 'MiB',
    others: ['fuse-overlayfs'],
    shared: ['fuse-overlayfs'],
    targets: [below(5, 'MiB')],
  },
]

export function measure(world, results) {
  if (results.wants('mount')) {
    results.compare(
      'mount',
      world,
      { rounds: 15, warmUps: 2 },
      {
        ours: mounting(world, world.big),
        'on 10 entries': mounting(world, world.small),
        'node -e 0': () => world.time([process.execPath, '-e', '0']),
      },
    )
  }
  if (results.wants('attach')) undoing((undo) => measureAttach(world, results, undo))
  if (results.wants('holder-memory')) undoing((undo) => measureMemory(world, results, undo))
}

function mounting(world, tree) {
  let id
  return {
    run: () => {
      id = world.newId()
      return world.overlay(tree, ['mount', id]).ms
    },
    after: () => world.overlay(tree, ['discard', id, '--yes']),
  }
}

function measureAttach(world, results, undo) {
  const attaching = (tree) => {
    const { id } = world.session(tree, undo)
    return {
      before: () => world.overlay(tree, ['unmount', id]),
      run: () => world.overlay(tree, ['mount', id]).ms,
    }
  }
  results.compare(
    'attach',
    world,
    { rounds: 7 },
    {
      ours: attaching(world.big),
      'on 10 entries': attaching(world.small),
    },
  )
}

function measureMemory(world, results, undo) {
  const { merged, record } = world.session(world.big, undo)
  world.run(['git', 'status', '--short'], { cwd: merged })
  results.record(
    'holder-memory',
    world.backend,
    'ours',
    residentMemory(JSON.parse(readFileSync(record, 'utf8')).holder.pid),
  )
  if (results.of('holder-memory', world.backend, 'fuse-overlayfs', true) !== undefined) return
  const fuse = world.fuseOverlay(world.big, undo)
  if (fuse === undefined) return
  world.run(['git', 'status', '--short'], { cwd: fuse.merged })
  results.record('holder-memory', world.backend, 'fuse-overlayfs', residentMemory(fuse.pid))
}
