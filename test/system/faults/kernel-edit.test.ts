import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildTracer, noTracer, type TracedCall, traceCli } from '../../helpers/call-tracer.js'
import { need, noRoot } from '../../helpers/capability.js'
import { few } from '../../helpers/fault-works.js'
import { type RealSession, realSession, realSessionId } from '../../helpers/real-session.js'

let tracer = ''
let top = ''
beforeAll(() => {
  if (noRoot() ?? noTracer()) return
  tracer = buildTracer()
  top = mkdtempSync(join(tmpdir(), 'overlay-edit-'))
})
afterAll(() => {
  if (top !== '') rmSync(top, { recursive: true, force: true })
})
beforeEach((context) => need(context, noRoot() ?? noTracer()))

/** As an editor saves: beside, then over it. */
const save = (path: string): string => `echo saved >'${path}.tmp' && mv -T '${path}.tmp' '${path}'`

/** A person saves while the program stands before the rename that moves the entry, after every check: nothing that they wrote is lost. */
it.each(['a', 'b', 'd/n'])(
  'keeps what a person saves at %s right before it is moved',
  { timeout: 120_000 },
  async (name) => {
    const path = `${(await prepared()).project}/${name}`
    const move = numberOf(await commit(), path)
    const subject = await prepared()
    const { status, stderr } = await commit(subject, ['--exec-at', `${move}`, save(path)])
    expect(status, stderr).toBe(4)
    expect(readFileSync(path, 'utf8')).toBe('saved\n')
    const others = [...subject.old.keys()].filter((other) => !['', 'd', name].includes(other))
    const now = subject.tree()
    for (const other of others) expect(now.get(other), other).toEqual(subject.old.get(other))
  },
)

function numberOf({ calls }: { calls: readonly TracedCall[] }, path: string): number {
  const move = calls.find(({ name, paths }) => name === 'renameat2' && paths.includes(path))
  if (move === undefined) throw new Error(`nothing was moved to ${path}`)
  return move.number
}

async function commit(subject?: RealSession, actions: readonly string[] = []): Promise<ReturnType<typeof traceCli>> {
  const { project } = subject ?? (await prepared())
  return traceCli({ tracer, below: project, actions }, '-C', project, 'commit', realSessionId, '--yes')
}

async function prepared(): Promise<RealSession> {
  rmSync(join(top, 'project'), { recursive: true, force: true })
  return await realSession(top, few)
}
