import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, type Ended, plainUser } from '../helpers/cli-bed.js'

const demo = fileURLToPath(new URL('../../scripts/demo.sh', import.meta.url))
const signature = '<!-- signed in a session -->\n'

/** Runs the demo in a bed. It must leave no store in the project, and nothing in the directory for temporary files. */
function run(bed: CliBed, args: string): Ended {
  const ended = bed.sh(`bash ${demo} ${args}`)
  expect(ended, ended.stderr).toMatchObject({ status: 0 })
  expect(readdirSync(bed.project).sort()).toEqual(['.git', 'README.md', 'old', 'src'])
  expect(readdirSync(join(bed.top, 'tmp'))).toEqual([])
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bed.top)
  return ended
}

describe.each([
  ['root', 0],
  ['a plain user', plainUser],
])('the demo as %s', (_name, uid) => {
  it('shows the main job on a scratch clone', (context) => {
    need(context, noRoot())
    const { stdout } = run(cliBed(uid), '')
    const signed = Number(/^ {2}signed +(\d+) Markdown files$/m.exec(stdout)?.[1])
    expect(signed).toBeGreaterThan(5)
    expect(stdout).toContain(`signed files in the session: ${signed}, in the project: 0\n`)
    expect(stdout).toContain(`committed ${signed} changes: ${signed} modified\n`)
    expect(stdout).toContain(`signed files in the project: ${signed}\n`)
    expect(stdout.match(/\[\d+ ms\]/g)).toHaveLength(6)
  })

  it('changes a project only with --commit', (context) => {
    need(context, noRoot())
    const bed = cliBed(uid)
    const readme = join(bed.project, 'README.md')
    expect(run(bed, bed.project).stdout).toContain('would commit 1 change: 1 modified\n')
    expect(readFileSync(readme, 'utf8')).toBe('one\ntwo\n')
    expect(run(bed, `${bed.project} --commit`).stdout).toContain('committed 1 change: 1 modified\n')
    expect(readFileSync(readme, 'utf8')).toBe(`one\ntwo\n\n${signature}`)
  })

  it('leaves nothing behind when it is stopped in the middle', (context) => {
    need(context, noRoot())
    const bed = cliBed(uid)
    const stopped = bed.sh(`set -m
      bash ${demo} ${bed.project} >../output 2>&1 &
      until grep -q 'sign-markdown.wat' ../output; do sleep 0.02; done
      kill -INT -- -$!
      wait $!`)
    expect(stopped.status).toBe(130)
    expect(readdirSync(bed.project).sort()).toEqual(['.git', 'README.md', 'old', 'src'])
    expect(readdirSync(join(bed.top, 'tmp'))).toEqual([])
    expect(readFileSync(join(bed.project, 'README.md'), 'utf8')).toBe('one\ntwo\n')
  })
})

it('the demo keeps the sessions that a project has', (context) => {
  need(context, noRoot())
  const bed = cliBed()
  expect(bed.run('mount', 'mine').status).toBe(0)
  expect(bed.sh(`bash ${demo} ${bed.project}`).status).toBe(0)
  expect(bed.json('list')).toMatchObject({ sessions: [{ id: 'mine' }] })
  expect(bed.run('discard', 'mine', '--yes').status).toBe(0)
})
