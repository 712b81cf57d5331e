import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { atMostTimes } from '../targets.mjs'
import { undoing } from '../world.mjs'

const module = join(dirname(dirname(fileURLToPath(import.meta.url))), 'write-file.wat')

export const rows = [
  {
    id: 'exec',
    section: 'WASI modules',
    what: '`exec` of a small module that writes a file, compiled before',
    others: ['on 10 entries', 'wasmtime alone'],
    targets: [atMostTimes(1.1, 'on 10 entries')],
    note: '`wasmtime alone` runs the same module in the same merged directory, precompiled by hand.',
  },
]

export function measure(world, results) {
  if (!results.wants('exec')) return
  undoing((undo) => {
    const big = world.session(world.big, undo)
    const small = world.session(world.small, undo)
    const compiled = join(world.directory, 'write-file.cwasm')
    const wasmtime = process.env.OPENAGENTIC_WASMTIME
    world.run([wasmtime, 'compile', '-o', compiled, module])
    const bare = [wasmtime, 'run', '--allow-precompiled', '--dir', `${big.merged}::.`, compiled]
    results.compare(
      'exec',
      world,
      { rounds: 21, warmUps: 2 },
      {
        ours: () => world.overlay(world.big, ['exec', big.id, '--', module]).ms,
        'on 10 entries': () => world.overlay(world.small, ['exec', small.id, '--', module]).ms,
        'wasmtime alone': () => world.time(bare),
      },
    )
  })
}
