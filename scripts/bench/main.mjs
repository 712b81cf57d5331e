// Runs every row for every user, and reports. scripts/bench.sh starts it; what a row is: see rows/.
//
// A file in rows/ exports `rows`, which say what is measured and what has to be reached, and `measure(world, results,
// given)`, which measures them for one user. Files run in the order of their names.

import { readdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { machineFacts } from './machine.mjs'
import { Results } from './measure.mjs'
import { judge, render } from './render.mjs'
import { countEntries, makeWorlds } from './trees.mjs'

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
    ruby: { type: 'string' },
    tree: { type: 'string' },
    scratch: { type: 'string' },
  },
})

const loads = [loadavg()[0]]
const say = (text) => process.stderr.write(`[${(performance.now() / 1000).toFixed(0)} s] ${text}\n`)

say(`load ${loads[0].toFixed(2)}; making the trees`)
const worlds = makeWorlds({ source: given.tree, scratch: given.scratch, editSize: given.quick ? 50 : 10_000 })
const results = new Results({ quick: given.quick, selected: new RegExp(given.only) })
const directory = join(import.meta.dirname, 'rows')
const files = readdirSync(directory).filter((name) => name.endsWith('.mjs'))
const modules = await Promise.all(files.toSorted().map(async (name) => [name, await import(join(directory, name))]))

const failures = []
for (const [name, { measure }] of modules) {
  for (const world of worlds) {
    loads.push(loadavg()[0])
    say(`${name} ${world.backend}, load ${loads.at(-1).toFixed(2)}`)
    try {
      measure(world, results, given)
    } catch (error) {
      // The other rows are still worth having; the report names what failed.
      failures.push(`${name} (${world.backend}): ${error.message.split('\n')[0].replaceAll(given.scratch, '')}`)
      process.stderr.write(`${error.stack}\n`)
      process.exitCode = 1
    }
  }
}

const entries = countEntries(worlds[0].big)
const lines = judge(
  modules.flatMap(([, { rows }]) => rows),
  results,
  worlds.map(({ backend }) => backend),
)
const facts = machineFacts({ scratch: given.scratch, root: dirname(dirname(import.meta.dirname)), entries, loads })
const report = render({ lines, facts, entries, files: worlds[0].editSize, quick: given.quick, failures })
say('done')
if (given.out === undefined) process.stdout.write(report)
else writeFileSync(given.out, report)
