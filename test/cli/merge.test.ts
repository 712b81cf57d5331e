import { readFileSync } from 'node:fs'
import { beforeEach, expect, it } from 'vitest'
import { need, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed } from '../helpers/cli-bed.js'

let bed: CliBed
const numbers = (from: number, to: number): string => `seq ${from} ${to}`

/** A session and a person who edited one file far apart, and another one in the same place. */
beforeEach((context) => {
  need(context, noRoot())
  bed = cliBed()
  const made = bed.sh(`
    ${numbers(1, 20)} >apart; ${numbers(1, 20)} >same; sleep 0.05
    m=$(overlay mount); sed -i 's/^2$/session/' "$m/apart"; sed -i 's/^9$/session/' "$m/same"
    overlay status >/dev/null
    sed -i 's/^19$/person/' apart; sed -i 's/^9$/person/' same`)
  expect(made.status, made.stderr).toBe(0)
})

it('merges, and says so', () => {
  const dry = bed.run('commit', '--dry-run', '--on-conflict', 'merge', 'apart')
  expect(dry).toMatchObject({
    status: 0,
    stdout:
      "M apart\nwould commit 1 change: 1 modified\nwould merge with the project's version: 1 change\nstill pending: 1 change\n",
  })
  expect(dry.stderr).toBe('merged: apart\n')
  expect(bed.sh('grep -c session apart').stdout).toBe('0\n')
  expect(bed.run('commit', '--yes', '--on-conflict', 'merge', 'apart')).toMatchObject({
    status: 0,
    stdout: "committed 1 change: 1 modified\nmerged with the project's version: 1 change\nstill pending: 1 change\n",
  })
  expect(bed.sh('sed -n "2p; 19p" apart').stdout).toBe('session\nperson\n')
  expect(bed.run('status').stdout).toBe('M! same\n')
})

it('stops with status 4 at what does not merge, and names every version', () => {
  const before = bed.sh('cat apart same').stdout
  const stopped = bed.run('commit', '--yes', '--on-conflict', 'merge')
  expect(stopped).toMatchObject({ status: 4, stdout: '' })
  expect(stopped.stderr).toContain('[COMMIT_CONFLICT]')
  const [, places = ''] = /not merged: both sides changed the same lines; (.*)$/m.exec(stopped.stderr) ?? []
  expect([...places.matchAll(/(\w+) (\/[^ ,]+)/g)].map(([, name, path = '']) => [name, lineNine(path)])).toEqual([
    ['base', '9'],
    ['ours', 'session'],
    ['theirs', 'person'],
    ['merged', '<<<<<<< ours: the session'],
  ])
  expect(bed.sh('cat apart same').stdout).toBe(before)
  const json = bed.run('--json', 'commit', '--yes', '--on-conflict', 'merge')
  const { details } = (JSON.parse(json.stdout) as { error: { details: Record<string, unknown> } }).error
  expect(details).toMatchObject({
    conflicts: [{ path: 'same' }],
    unmerged: [{ path: 'same', why: 'lines', base: expect.stringContaining('/conflicts/0/base') }],
  })
  // Whoever settles it in the session commits that.
  bed.sh(`sed -i 's/^session$/both/' "$(overlay mount)/same"`)
  expect(bed.run('commit', '--yes', '--on-conflict', 'ours', 'same').status).toBe(0)
  expect(bed.run('commit', '--yes', '--on-conflict', 'merge').status).toBe(0)
  expect(bed.sh('sed -n 9p same; sed -n "2p; 19p" apart').stdout).toBe('both\nsession\nperson\n')
})

it('tells in a dry run with what status it would end', () => {
  const dry = bed.run('commit', '--dry-run', '--on-conflict', 'merge')
  expect(dry.status).toBe(4)
  expect(dry.stderr).toMatch(/^merged: apart\nconflict: same: .*\n {2}not merged: .*; ours \/.*, theirs \/.*\n$/)
  const { stdout } = bed.run('--json', 'commit', '--dry-run', '--on-conflict', 'merge')
  expect(JSON.parse(stdout)).toMatchObject({
    merged: [{ path: 'apart', aspects: ['content', 'times'] }],
    unmerged: [{ path: 'same', why: 'lines', base: null, merged: null }],
  })
})

it('counts what is kept for merges, and drops it with the session', () => {
  const bytes = (): number => (bed.json('list').sessions as { bytes: number }[])[0]?.bytes ?? 0
  const before = bytes()
  bed.sh(`${numbers(1, 60_000)} >large; sleep 0.05; echo 1 >>"$(overlay mount)/large"; overlay status`)
  // The session's version, and what it built upon.
  expect(bytes() - before).toBeGreaterThan(2 * 348_894)
  expect(bed.run('discard', '--yes').status).toBe(0)
  expect(bed.sh('ls -A').stdout).not.toContain('.openagentic')
})

it('needs git', () => {
  const path = bed
    .sh('mkdir nogit; for f in /bin/*; do ln -s $f nogit/; done; rm nogit/git; echo $PWD/nogit')
    .stdout.trim()
  const ended = bed.sh(`PATH=${path} overlay commit --yes --on-conflict merge`)
  expect(ended.status).toBe(5)
  expect(ended.stderr).toContain('[GIT_MISSING]')
})

/** Line 9, as it stands in one of the versions. */
function lineNine(path: string): string | undefined {
  return readFileSync(path, 'latin1').split('\n')[8]
}
