import { atMostTimes } from '../targets.mjs'
import { hasProgram, undoing } from '../world.mjs'

const section = 'Working in merged, warm'
const apart = ['.git', '.openagentic']
const phrase = 'copy_from_kernel_nofault'

const commands = {
  'git-status': { what: '`git status`', argv: ['git', 'status', '--short'] },
  find: {
    what: '`find`, every entry',
    argv: [
      'find',
      '.',
      '(',
      ...apart.flatMap((name) => ['-name', name, '-o']).slice(0, -1),
      ')',
      '-prune',
      '-o',
      '-print',
    ],
  },
  rg: {
    what: `\`rg -F\`, a phrase in every file`,
    argv: ['rg', '--no-messages', '-F', phrase, '.'],
    hits: true,
    note:
      'What a search takes longer in merged is spent by overlayfs at each step of a path and each `open`, which goes to a second file below. ' +
      'No mount option changes it: with `metacopy=off`, `redirect_dir=off`, `uuid=null`, `xino=off`, `noatime` or `default_permissions` it took the same (Linux 6.18).',
  },
  'grep-r': {
    what: '`grep -rF`, a phrase in every file',
    argv: ['grep', '-rF', ...apart.map((name) => `--exclude-dir=${name}`), phrase, '.'],
    hits: true,
  },
}

export const rows = Object.entries(commands).map(([id, { what, note }]) => ({
  id,
  section,
  what,
  others: ['real tree', 'fuse-overlayfs'],
  shared: ['fuse-overlayfs'],
  targets: [atMostTimes(1.5, 'real tree')],
  note,
}))

export function measure(world, results) {
  if (!results.wants(...Object.keys(commands))) return
  undoing((undo) => {
    const { merged } = world.session(world.big, undo)
    // The phrase has to be found at least once: the searches end with an error otherwise.
    world.run(['sh', '-c', `echo ${phrase} > found-by-searches.txt`], { cwd: world.big })
    undo.push(() => world.run(['rm', 'found-by-searches.txt'], { cwd: world.big }))
    const measured = results.of('find', world.backend, 'fuse-overlayfs', true) !== undefined
    const fuse = measured ? undefined : world.fuseOverlay(world.big, undo)
    for (const [id, { argv }] of Object.entries(commands)) {
      if (!results.wants(id) || !hasProgram(argv[0])) continue
      const within = (cwd) => () => world.time(argv, { cwd })
      results.compare(
        id,
        world,
        { rounds: 11, warmUps: 2 },
        {
          ours: within(merged),
          'real tree': within(world.big),
          'fuse-overlayfs':
            fuse === undefined ? undefined : { run: within(fuse.merged), rounds: results.rounds(3), warmUps: 1 },
        },
      )
    }
    neverSees(world, merged, '.openagentic')
  })
}

/** Fails if a walk of the whole merged directory meets an error or an entry of this name. */
function neverSees(world, merged, name) {
  const walks = [
    ['find', '.'],
    ['rg', '--files', '--hidden', '--no-ignore'],
  ]
  for (const argv of walks.filter(([program]) => hasProgram(program))) {
    if (world.run(argv, { cwd: merged }).stdout.includes(`/${name}`))
      throw new Error(`${argv[0]} saw ${name} in merged`)
  }
}
