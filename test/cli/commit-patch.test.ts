import { beforeEach, describe, expect, it } from 'vitest'
import { need, noProgram, noRoot } from '../helpers/capability.js'
import { type CliBed, cliBed, cliProgram, type Ended, quoted } from '../helpers/cli-bed.js'

let bed: CliBed

beforeEach((context) => {
  need(context, noRoot() ?? noProgram('script'))
  bed = cliBed()
  bed.sh('seq 1 30 >f; printf "one\\ntwo\\n" >g; chmod 644 f')
  bed.sh(
    `m=$(overlay mount) && cd "$m" && sed -i 's/^3$/three/; s/^5$/five/; s/^20$/twenty/' f && echo new >n && rm old && chmod 755 f && chmod 600 g`,
  )
})

/** Runs `commit --patch` on a terminal of its own, with the answers typed ahead. */
function dialogue(answers: string, more = '', env: Readonly<Record<string, string>> = {}): Ended {
  const program = `${quoted(process.execPath)} ${quoted(cliProgram)} commit --patch ${more}`
  const typed = [...answers].map((answer) => (answer === '^' ? '\\004' : `${answer}\\n`)).join('')
  return bed.sh(`printf ${quoted(typed)} | script -qec ${quoted(program)} /dev/null`, env)
}

const project = (): string => bed.sh('sed -n "3p;5p;20p" f | tr "\\n" " "; stat -c %a f g | tr "\\n" " "; ls').stdout

describe('commit --patch on a terminal', () => {
  it('asks for every hunk, addition, deletion and change of properties, and commits what was chosen', () => {
    const { status, stdout } = dialogue('nynynn')
    expect(stdout.match(/Commit this [^[]+/g)).toEqual([
      'Commit this change of properties of f ',
      'Commit this hunk of f ',
      'Commit this hunk of f ',
      'Commit this change of properties of g ',
      'Commit this addition of n ',
      'Commit this deletion of old ',
    ])
    expect(stdout).toContain('M f (mode 644 -> 755)')
    expect(stdout).toMatch(/\(6 left\) Commit this change of properties of f \[y,n,q,a,d,\?\]\?/)
    expect(stdout).toContain('\u001b[32m+three')
    expect(stdout).toContain('committed 2 changes')
    expect(status).toBe(0)
    expect(project()).toBe('three five 20 644 600 README.md\nf\ng\nold\nsrc\n')
    expect(bed.run('status').stdout).toBe('M f\nA n\nD old\n')
    expect(bed.run('diff', 'f').stdout.match(/^[-+]\w.*$/gm)).toEqual(['-20', '+twenty'])
  })

  it('splits a hunk', () => {
    const { stdout } = dialogue('nsynq')
    expect(stdout).toContain('[y,n,q,a,d,s,?]')
    expect(project()).toContain('three 5 20 644 644')
  })

  it.each([
    ['q', '3 5 20 644 644 '],
    ['yq', '3 5 20 755 644 '],
    ['ayq', 'three five twenty 755 600 '],
    ['daq', '3 5 20 644 600 '],
    ['x?q', '3 5 20 644 644 '],
  ])('knows the answers %j', (answers, state) => {
    expect(dialogue(answers)).toMatchObject({ status: 0, stdout: expect.stringContaining('Commit this') })
    expect(project()).toContain(state)
  })

  it('commits everything when everything is chosen', () => {
    expect(dialogue('yyyyyy').stdout).toContain('committed 4 changes')
    expect(bed.run('status').stdout).toBe('')
    expect(bed.sh('ls').stdout).toBe('README.md\nf\ng\nn\nsrc\n')
  })

  it('commits nothing at the end of input, and on Ctrl-C', () => {
    expect(dialogue('yy^')).toMatchObject({ status: 1, stdout: expect.stringContaining('[ABORTED]') })
    const program = `${quoted(process.execPath)} ${quoted(cliProgram)} commit --patch`
    const ended = bed.sh(`(sleep 2; printf 'y\\n\\003'; sleep 1) | script -qec ${quoted(program)} /dev/null`)
    expect(ended).toMatchObject({ status: 130, stdout: expect.stringContaining('[ABORTED]') })
    expect(project()).toContain('3 5 20 644 644 README.md\nf\ng\nold\n')
  })

  it('narrows to paths, tells a dry run, and prints one object with --json', () => {
    expect(dialogue('y', 'n --dry-run').stdout).toContain('would commit 1 change')
    expect(bed.sh('ls').stdout).not.toContain('\nn\n')
    const program = `${quoted(process.execPath)} ${quoted(cliProgram)} --json commit --patch n`
    bed.sh(`printf 'y\\n' | script -qec ${quoted(`${program} >out.json`)} /dev/null`)
    expect(JSON.parse(bed.sh('cat out.json').stdout)).toMatchObject({
      applied: [{ path: 'n' }],
      pending: expect.any(Array),
    })
  })

  it('does not ask about what is in conflict or refused, and says so', () => {
    bed.sh('echo person >>f; m=$(overlay mount) && ln -s /etc "$m/out"')
    const { status, stdout } = dialogue('yyy')
    expect(stdout).toContain('not asked about, see `status`: M! f')
    expect(stdout).toContain('not asked about, see `status`: A! out')
    expect(status).toBe(0)
    expect(bed.run('status').stdout).toBe('M! f\nA! out\n')
  })

  it('shows content that cannot steer the terminal', () => {
    bed.sh('m=$(overlay mount) && printf "\\033[2Jhid\\302\\233den\\n" >"$m/n"')
    expect(dialogue('d', 'n', { NO_COLOR: '1' }).stdout).toContain('+\\x1b[2Jhid\\xc2\\x9bden')
  })
})

describe('commit --patch off a terminal', () => {
  it('takes a patch that was shortened', () => {
    const { status, stdout } = bed.sh(
      `overlay diff 2>/dev/null | sed '/^-20$/d; s/^+twenty$/ 20/; /^old mode/d; /^new mode/d' >p; overlay commit --patch <p`,
    )
    expect(stdout).toBe('committed 3 changes: 1 added, 1 modified, 1 deleted\nstill pending: 2 changes\n')
    expect(status).toBe(0)
    expect(bed.run('status').stdout).toBe('M f\nP g\n')
    expect(project()).toContain('three five 20 644 644 README.md\nf\ng\nn\np\nsrc\n')
  })

  it('takes the output of diff as it is', () => {
    expect(bed.sh('overlay diff | overlay commit --patch --close').status).toBe(0)
    expect(bed.run('status').stdout).toBe('P g\n')
    expect(bed.sh('overlay commit g --close').stderr).toContain('is closed')
  })

  it('reads the patch on a terminal too with --yes or CI, and asks nothing', () => {
    const program = `${quoted(process.execPath)} ${quoted(cliProgram)}`
    for (const [name, env] of [
      ['f', {}],
      ['n', { CI: 'true' }],
    ] as const) {
      const ask = `${program} commit --patch ${'CI' in env ? '' : '--yes'}`
      const ended = bed.sh(
        `overlay diff ${name} >p; (cat p; printf '\\004') | script -qec ${quoted(ask)} /dev/null`,
        env,
      )
      expect(ended.stdout).not.toContain('Commit this')
      expect(ended.stdout).toContain('committed 1 change')
    }
  })

  it.each([
    ['text', 'echo hello', 1, 'PATCH_INVALID'],
    ['a patch that does not fit', "overlay diff f | sed 's/^ 4$/ 44/'", 1, 'PATCH_REJECTED'],
    ['more than the session did', "overlay diff f | sed 's/^+three/+evil/'", 1, 'PATCH_REJECTED'],
    ['a patch that was cut off', 'overlay diff f | head -12', 1, 'PATCH_INVALID'],
    ['another policy', 'overlay diff f', 2, 'USAGE', '--on-conflict ours'],
    ['a path without a change', 'overlay diff f', 1, 'NO_SUCH_CHANGE', 'README.md'],
  ])('refuses %s', (_what, patch, status, code, more = '') => {
    const ended = bed.sh(`${patch} | overlay commit --patch ${more}`)
    expect(ended).toMatchObject({ status, stderr: expect.stringContaining(`[${code}]`) })
    expect(project()).toContain('3 5 20 644 644 README.md\nf\ng\nold\n')
  })

  it('names file and hunk in --json', () => {
    const { stdout, status } = bed.sh("overlay diff f | sed 's/^-20/-21/' | overlay --json commit --patch")
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'PATCH_REJECTED', path: 'f', details: { path: 'f', hunk: 2 } },
    })
  })

  it('takes an empty patch for no choice', () => {
    expect(bed.sh('overlay commit --patch </dev/null')).toMatchObject({
      status: 0,
      stdout: 'nothing was committed\nstill pending: 4 changes\n',
    })
  })

  it('stops for a conflict in what the patch names, and skips it when asked to', () => {
    bed.sh('overlay diff f n >p; echo person >>f')
    expect(bed.sh('overlay commit --patch <p')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('[COMMIT_CONFLICT]'),
    })
    expect(bed.sh('overlay commit --patch --on-conflict skip <p').stdout).toContain('committed 1 change: 1 added')
  })
})
