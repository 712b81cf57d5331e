import { existsSync, readlinkSync } from 'node:fs'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { systemPorts } from '../../../src/os/system-ports.js'
import { overlayDirName } from '../../../src/paths/overlay-dir.js'
import { absPath } from '../../../src/paths/rel-path.js'
import { buildTracer, noTracer, type Traced, trace } from '../../helpers/call-tracer.js'
import { need, noProgram, noRoot } from '../../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, plainUser } from '../../helpers/cli-bed.js'
import { nothingTried, reportTried } from '../../helpers/fault-counts.js'
import { few } from '../../helpers/fault-works.js'
import { snapshotTree, type TreeSnapshot } from '../../helpers/tree.js'
import { mustBeOldOrNew, type OldAndNew } from '../../helpers/tree-oracle.js'

const tried = nothingTried()
const { ops } = systemPorts()

afterAll(() => reportTried(tried))
beforeEach((context) => need(context, noRoot() ?? noTracer() ?? noProgram('setpriv')))

it.each([
  ['a commit', []],
  ['a commit that closes its session', ['--close']],
])('killed at some calls, %s, a plain user’s, ends old or new', { timeout: 600_000 }, (_name, flags) => {
  const tracer = buildTracer()
  const seen = new Set<string>()
  let subject: Subject | undefined
  for (let at = 1; ; at += 4) {
    subject ??= prepared()
    const { bed } = subject
    const commit = traced(tracer, bed, ['--kill-before', `${at}`], 'commit', 's', '--yes', ...flags)
    if (!commit.struck) {
      expect(commit.status, commit.stderr).toBe(0)
      break
    }
    tried.crashes += 1
    if (traced(tracer, bed, ['--kill-after', `${1 + (at % 9)}`], 'recover', 's').struck) tried.crashes += 1
    const recovery = bed.run('recover', 's')
    expect(recovery.status, `call ${at}: ${recovery.stderr}`).toBe(0)
    const is = mustBeOldOrNew(tree(bed.project), subject)
    seen.add(is)
    expect(existsSync(`${bed.project}/${overlayDirName}/sessions/s/journal`)).toBe(false)
    if (is === 'new') subject = undefined
  }
  expect(seen).toEqual(new Set(['old', 'new']))
})

interface Subject extends OldAndNew {
  readonly bed: CliBed
}

function prepared(): Subject {
  const bed = cliBed(plainUser)
  bed.sh(`${few.project}; sleep 0.02`)
  const backend = (): string => String((bed.json('mount', 's') as { backend?: string }).backend)
  expect(backend()).toBe('userns')
  bed.sh(`cd .openagentic/shadow/s && { ${few.session}; }`)
  // Inode numbers stay those of before a copy-up for as long as the kernel remembers the entry.
  bed.run('unmount', 's')
  bed.run('mount', 's')
  const after = tree(readlinkSync(`${bed.project}/${overlayDirName}/shadow/s`))
  expect(bed.run('unmount', 's').status).toBe(0)
  return { bed, old: tree(bed.project), new: after }
}

function tree(at: string): TreeSnapshot {
  return snapshotTree(ops, absPath(at), { exclude: new Set([overlayDirName]) })
}

function traced(tracer: string, { top, project }: CliBed, actions: readonly string[], ...args: string[]): Traced {
  const user = ['setpriv', '--reuid', `${plainUser}`, '--regid', `${plainUser}`, '--clear-groups']
  const env = { HOME: top, TMPDIR: `${top}/tmp`, UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' }
  const command = [...user, process.execPath, cliProgram, '-C', project, ...args]
  return trace({ tracer, below: project, actions, env, cwd: top, command })
}
