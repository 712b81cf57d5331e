import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { recoverCommit } from '../../../src/commit/recover-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { dyingOps } from '../../helpers/every-kind-of-change.js'
import { changed, useMergeBed } from '../../helpers/merge-bed.js'
import { backends } from '../../helpers/test-overlays.js'

const ports = systemPorts()

describe.each(backends)('a merge in a $name session that is killed', { timeout: 300_000 }, (backend) => {
  const bed = useMergeBed(ports, backend)

  it('is the old or the new project, and no later commit takes the person’s part back', async () => {
    const outcomes = new Set<string | undefined>()
    const person: [number, string][] = []
    const session: [number, string][] = []
    const both = (): string => changed(...session, ...person)
    const edit = (line: number, text: string): void => {
      bed.session(`sed -i '${line}s/.*/${text}/' f`)
      session.push([line, text])
    }
    edit(2, 'session')
    await bed.look()
    // One session for all: each round begins with what the last one left.
    for (let at = 1; ; at += 1) {
      const line = 10 + (at % 11)
      const text = `person ${at}`
      bed.person(`sed -i '${line}s/.*/${text}/' f`)
      person.unshift([line, text])
      const before = bed.project('f')
      edit(2 + (at % 3), `session ${at}`)
      session.unshift(session.pop() as [number, string])
      const { ops, count } = dyingOps(ports.ops, at)
      const died = await commitSession({ ...ports, ops }, bed.scratch.session, { onConflict: 'merge' }).then(
        () => false,
        () => true,
      )
      if (!died && count() < at) break
      const recovery = await recoverCommit(ports, bed.scratch.session)
      outcomes.add(recovery?.outcome)
      expect([before, both()], `call ${at}`).toContain(bed.project('f'))
      await bed.merge()
      expect(bed.project('f'), `call ${at}`).toBe(both())
      expect(await bed.look(), `call ${at} ${recovery?.outcome}`).toEqual([])
    }
    expect(bed.project('f')).toBe(both())
    expect(outcomes).toEqual(new Set(['finished', 'rolled-back', undefined]))
    expect(existsSync(`${bed.scratch.session.dir}/made`)).toBe(false)
  })
})
