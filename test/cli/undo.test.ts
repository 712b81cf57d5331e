import { readdirSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, type Ended, quoted } from '../helpers/cli-bed.js'

let bed: CliBed

beforeEach((context) => {
  need(context, noRoot())
  bed = cliBed()
  const made = bed.sh(
    'm=$(overlay mount s) && echo three >>"$m/README.md" && rm "$m/old" && mkdir "$m/new" && chmod 700 "$m/src/main.c" && overlay commit --yes',
  )
  expect(made.status, made.stderr).toBe(0)
})

const title = /the commit of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/
const counts = '4 entries: 1 put back, 1 as before, 1 removed, 1 with the metadata before\n'

describe('undo', () => {
  it('puts back what the last commit displaced, once', () => {
    const { status, stdout, stderr } = bed.run('undo')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.replace(title, '')).toBe(`undid : ${counts}`)
    expect(bed.sh('cat README.md old; ls -d new; stat -c %a src/main.c').stdout).toBe('one\ntwo\ngone\n644\n')
    expect(bed.run('status').stdout).toBe('M README.md\nA new/\nD old\nP src/main.c\n')
    expect(bed.run('undo')).toMatchObject({ status: 1, stderr: expect.stringContaining('[NOTHING_TO_UNDO]') })
    expect(bed.run('log').stdout).toMatch(/ {2}undo +restored=4 {2}committed=/)
  })

  it('shows what it would do with --dry-run, and does nothing', () => {
    const { stdout } = bed.run('undo', '--dry-run')
    expect(stdout.replace(title, '')).toBe(`M README.md\nD new/\nA old\nP src/main.c\nwould undo : ${counts}`)
    expect(bed.sh('ls').stdout).toBe('README.md\nnew\nsrc\n')
  })

  it('has a documented form of --json', () => {
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    expect(bed.json('undo', '--no-sync')).toEqual({
      version: 1,
      session: 's',
      project: bed.project,
      dryRun: false,
      committed: moment,
      restored: [
        { status: 'M', kind: 'modify', path: 'README.md', type: 'file' },
        { status: 'D', kind: 'delete', path: 'new', type: 'dir' },
        { status: 'A', kind: 'create', path: 'old', type: 'file' },
        { status: 'P', kind: 'metadata', path: 'src/main.c', type: 'file' },
      ],
      warnings: [],
    })
  })

  it('stops with the list of conflicts where somebody changed what was committed', () => {
    bed.sh('echo person >>README.md; echo person >old')
    for (const command of [['undo'], ['undo', '--dry-run']]) {
      const refused = bed.run(...command)
      expect(refused).toMatchObject({ status: 4, stdout: '' })
      expect(refused.stderr).toMatch(
        /^error: Expected the project as the commit left it, but .+; nothing was undone \[COMMIT_CONFLICT\]$/m,
      )
      expect(refused.stderr).toMatch(/^ {2}README.md: expected .+, found .+$/m)
      expect(refused.stderr).toMatch(/^ {2}old: expected nothing, found a file/m)
    }
    expect(bed.sh('tail -n 1 README.md; ls').stdout).toBe('person\nREADME.md\nnew\nold\nsrc\n')
    expect(JSON.parse(bed.run('--json', 'undo').stdout)).toMatchObject({
      error: {
        code: 'COMMIT_CONFLICT',
        details: { conflicts: [{ path: 'README.md' }, { path: 'old', reason: 'appeared' }] },
      },
    })
  })

  it('asks on a terminal, and does what was shown', (context) => {
    need(context, noProgram('script'))
    const asked = onTerminal('undo', 'n\n')
    expect(asked).toMatchObject({ status: 1, stdout: expect.stringContaining('[ABORTED]') })
    expect(asked.stdout).toContain('M README.md\r\nD new/\r\nA old\r\nP src/main.c\r\n')
    expect(asked.stdout).toMatch(/Undo the commit of .+ in .+project\? \[y\/N\]/)
    expect(bed.sh('ls').stdout).toBe('README.md\nnew\nsrc\n')
    expect(onTerminal('undo --yes', '').stdout).not.toContain('[y/N]')
    expect(bed.sh('cat old').stdout).toBe('gone\n')
  })
})

describe('gc', () => {
  /** Data of older commits, under ids that are days ago. */
  const ages = (days: readonly number[]): void => {
    const undo = `${bed.project}/.openagentic/sessions/s/undo`
    for (const age of days)
      bed.sh(`cp -a ${undo}/$(ls ${undo} | sort | tail -n 1) ${undo}/${Date.now() - age * 86_400_000}`)
  }
  const kept = (): number => readdirSync(`${bed.project}/.openagentic/sessions/s/undo`).length

  it('removes undo data that is old or too much, and says what came free', () => {
    ages([1, 2, 3, 4, 5, 20])
    const { undo, freedBytes } = bed.json('gc') as { undo: { bytes: number }[]; freedBytes: number }
    expect(undo).toEqual([{ id: 's', commits: 2, bytes: expect.any(Number) }])
    expect(freedBytes).toBe(undo[0]?.bytes)
    expect(freedBytes).toBeGreaterThan(0)
    expect(kept()).toBe(5)
    ages([15])
    expect(bed.run('gc').stdout).toMatch(/^removed undo data of 1 commit of session s \(.+\)\n$/)
    expect(bed.json('gc')).toMatchObject({ undo: [], modules: { entries: 0, bytes: 0 }, freedBytes: 0 })
  })

  it('keeps a session whose last commit can be undone, until it cannot', () => {
    bed.run('unmount')
    expect(bed.json('gc')).toMatchObject({
      removed: [],
      kept: [{ id: 's', reason: 'its last commit can still be undone' }],
    })
    bed.sh('cd .openagentic/sessions/s/undo && mv [0-9]* 1600000000000')
    expect(bed.json('gc')).toMatchObject({ removed: [{ id: 's' }], kept: [], undo: [{ id: 's', commits: 1 }] })
    expect(bed.json('list')).toMatchObject({ sessions: [] })
  })
})

/** Runs a command line of the program on a terminal of its own; `typed` is what the person types. */
function onTerminal(line: string, typed: string): Ended {
  const program = `${quoted(process.execPath)} ${quoted(cliProgram)} ${line}`
  return bed.sh(`printf ${quoted(typed)} | script -qec ${quoted(program)} /dev/null`)
}
