import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { undoing } from '../world.mjs'

const section = 'WASI modules'

export const rows = [
  {
    id: 'ruby-start',
    section,
    what: "`exec` of npm's Ruby, `-e 'puts 1'`, compiled before",
    targets: [],
  },
  {
    id: 'ruby-first',
    section,
    what: 'the same for the first time on a machine: it compiles 30 MB',
    targets: [],
  },
  {
    id: 'ruby-rewrite',
    section,
    what: "npm's Ruby rewrites every Markdown and text file below the documentation, in merged",
    others: ['sed -i in merged'],
    targets: [],
    note: 'Each round in a new session. Checked each time: the session has just these changes, and the real tree none until the commit.',
  },
]

const kinds = ['md', 'txt', 'rst']

export function measure(world, results, { ruby }) {
  if (ruby === undefined || !results.wants(...rows.map(({ id }) => id))) return
  rmSync(join(world.home, 'openagentic'), { recursive: true, force: true })
  undoing((undo) => {
    const { id } = world.session(world.small, undo)
    const start = () => world.overlay(world.small, ['exec', id, '--', ruby, '-e', 'puts 1']).ms
    results.record('ruby-first', world.backend, 'ours', start())
    results.compare('ruby-start', world, { rounds: 7 }, { ours: start })
  })
  if (results.wants('ruby-rewrite')) measureRewrite(world, results, ruby)
}

function measureRewrite(world, results, ruby) {
  const match = kinds.flatMap((kind) => ['-name', `*.${kind}`, '-o']).slice(0, -1)
  const listed = world.run(['find', world.docs, '-type', 'f', '(', ...match, ')', '-print0'], { cwd: world.big }).stdout
  const files = listed.split('\0').length - 1
  const script = `Dir.glob("${world.docs}/**/*.{${kinds}}", File::FNM_DOTMATCH) { |f|
    File.binwrite(f, "first line\\n" + File.binread(f)) if File.file?(f) && !File.symlink?(f) }`
  const byRuby = (session) => world.overlay(world.big, ['exec', session.id, '--', ruby, '-e', script])
  const bySed = (session) =>
    world.run(['xargs', '-0', 'sed', '-i', '1i first line'], {
      cwd: session.merged,
      input: Buffer.from(listed, 'latin1'),
    })
  const inNewSession = (work) => () =>
    undoing((undo) => {
      const session = world.session(world.big, undo)
      const { ms } = work(session)
      expect(lines(world.overlay(world.big, ['status', session.id])), files, 'in the session')
      expect(
        lines(world.run(['git', 'status', '--short', '--', world.docs], { cwd: world.big })),
        0,
        'in the real tree before the commit',
      )
      return ms
    })
  results.compare(
    'ruby-rewrite',
    world,
    { rounds: 2, warmUps: 0 },
    { ours: inNewSession(byRuby), 'sed -i in merged': inNewSession(bySed) },
  )
  commitOnce(world, byRuby, files)
}

function commitOnce(world, work, files) {
  undoing((undo) => {
    undo.push(() => world.run(['git', 'checkout', '--quiet', '--', world.docs], { cwd: world.big }))
    const session = world.session(world.big, undo)
    work(session)
    world.overlay(world.big, ['commit', session.id, '--yes'])
    expect(
      lines(world.run(['git', 'status', '--short', '--', world.docs], { cwd: world.big })),
      files,
      'in the real tree after the commit',
    )
  })
}

function lines({ stdout }) {
  return stdout.split('\n').filter((line) => line !== '').length
}

function expect(found, wanted, where) {
  if (found !== wanted) throw new Error(`expected ${wanted} changes ${where}, found ${found}`)
}
