import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { atMostMore, below } from '../targets.mjs'
import { undoing } from '../world.mjs'

const bench = dirname(dirname(fileURLToPath(import.meta.url)))
const section = 'WASI modules from a program'
const note =
  'One Node process calls `WasmtimeWasiRunner.execModule` 500 times, by turns on each tree, and starts `wasmtime run` of the same module, precompiled by hand.'

export const rows = [
  {
    id: 'runner',
    section,
    what: '`execModule` of a small module that writes a file: p50 of 500',
    others: ['on 10 entries', 'wasmtime alone'],
    targets: [atMostMore(10, 'ms', 'wasmtime alone')],
    note,
  },
  {
    id: 'runner-p99',
    section,
    what: 'the same: p99',
    others: ['on 10 entries', 'wasmtime alone'],
    targets: [],
  },
  {
    id: 'runner-snapshot',
    section,
    what: '`execModule` on a snapshot of 1,000 files of 2 kB, of which one changed file comes back',
    targets: [below(500, 'ms')],
  },
]

const subjects = { big: 'ours', small: 'on 10 entries', bare: 'wasmtime alone' }

export function measure(world, results) {
  if (!results.wants('runner', 'runner-p99', 'runner-snapshot')) return
  undoing((undo) => {
    const compiled = join(world.directory, 'write-file.cwasm')
    const module = join(bench, 'write-file.wat')
    world.run([process.env.OPENAGENTIC_WASMTIME, 'compile', '-o', compiled, module])
    const order = {
      rounds: results.rounds(500),
      snapshots: results.rounds(5),
      files: 1000,
      module,
      compiled,
      big: world.session(world.big, undo).merged,
      small: world.session(world.small, undo).merged,
      cacheDir: join(world.home, 'modules'),
    }
    const { stdout } = world.run([process.execPath, join(bench, 'run-modules.mjs'), JSON.stringify(order)])
    const samples = JSON.parse(stdout)
    for (const [name, subject] of Object.entries(subjects)) {
      const sorted = samples[name].toSorted((one, other) => one - other)
      for (const sample of sorted) results.record('runner', world.backend, subject, sample)
      results.record('runner-p99', world.backend, subject, sorted[Math.ceil(sorted.length * 0.99) - 1])
    }
    for (const sample of samples.snapshot) results.record('runner-snapshot', world.backend, 'ours', sample)
  })
}
