// What the numbers depend on.

import { cpus, release, totalmem } from 'node:os'
import { reflinkType } from './reflink-disk.mjs'
import { must } from './trees.mjs'
import { hasProgram } from './world.mjs'

/** [fact, value] pairs; no names or paths of this machine. */
export function machineFacts({ scratch, root, entries, loads }) {
  const processors = cpus()
  return [
    ['date', new Date().toISOString().slice(0, 10)],
    ['openagentic-overlay', revision(root)],
    ['processor', `${processors[0].model.trim()}, ${processors.length} threads`],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['kernel', `Linux ${release()}`],
    [
      'file system',
      `${must(['findmnt', '-no', 'FSTYPE', '-T', scratch]).trim()}; ${reflinkType() ?? 'none'} for \`--reflink\``,
    ],
    ['the tree', `${entries.toLocaleString('en')} entries without \`.git\``],
    ['load before, highest', [loads[0], Math.max(...loads)].map((load) => load.toFixed(2)).join(', ')],
    ['programs', programs().join(', ')],
  ]
}

function revision(root) {
  const git = ['git', '-c', 'safe.directory=*', '-C', root]
  const commit = must([...git, 'rev-parse', '--short', 'HEAD']).trim()
  return must([...git, 'status', '--porcelain', '--', 'src', 'native-helpers']) === ''
    ? commit
    : `${commit} and uncommitted changes`
}

function programs() {
  const asked = [['git'], ['cp'], ['sed'], ['grep'], ['rg'], ['fuse-overlayfs']].filter(([name]) => hasProgram(name))
  const versions = asked.map(([name]) => {
    const text = must([name, '--version'])
    const line = text.split('\n').find((candidate) => candidate.includes(name)) ?? text
    return `${name} ${/\d+(\.\d+)+/.exec(line)?.[0] ?? ''}`
  })
  const wasmtime = must([process.env.OPENAGENTIC_WASMTIME, '--version']).trim().split(' ').slice(0, 2).join(' ')
  return [`node ${process.versions.node}`, wasmtime, ...versions]
}
