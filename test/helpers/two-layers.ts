import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { Change, ChangeSet } from '../../src/changeset/change.js'
import { type ChangeSetInput, readChangeSet } from '../../src/changeset/read-change-set.js'
import type { Fd, FileOps } from '../../src/os/file-ops.js'
import type { AbsPath } from '../../src/paths/byte-string.js'
import { type Maker, makerOf } from './hand-made-tree.js'
import { scratch } from './scratch.js'

/** A project and an upper made by hand, not mounted. */
export interface TwoLayers {
  readonly ops: FileOps
  readonly path: string
  readonly lower: Fd
  readonly upper: Fd
  readonly project: Maker
  readonly session: Maker
  read(input?: Partial<ChangeSetInput>): Promise<ChangeSet>
}

/** `fill` makes the project, whose entries then get a time of long ago. The marks are of the `trusted` family. */
export function twoLayers(fill: (project: Maker) => void): TwoLayers {
  const { ops, path } = scratch('/tmp')
  for (const name of ['lower', 'upper']) mkdirSync(`${path}/${name}`)
  const project = makerOf(ops, `${path}/lower`, 0)
  fill(project)
  execFileSync('find', [`${path}/lower`, '-exec', 'touch', '-h', '-d', '@1000000000', '{}', '+'])
  const lower = ops.openRoot(`${path}/lower` as AbsPath)
  const upper = ops.openRoot(`${path}/upper` as AbsPath)
  onTestFinished(() => {
    ops.close(lower)
    ops.close(upper)
  })
  const fixed = { ops, lower, upper, family: 'trusted', redirects: 'followed', masks: [] } as const
  const session = makerOf(ops, `${path}/upper`, 0)
  return { ops, path, lower, upper, project, session, read: (input = {}) => readChangeSet({ ...fixed, ...input }) }
}

/** `kind path`, with what else matters in a listing. */
export function lineOf({ kind, path, from, implied, overMask }: Change): string {
  const parts = [
    kind,
    path,
    from === undefined ? '' : `<- ${from}`,
    implied ? '(implied)' : '',
    overMask ? '(over mask)' : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export function mark(name: string, value: string): Record<string, string> {
  return { [`trusted.overlay.${name}`]: value }
}
