import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { commitSession } from '../../../src/commit/commit-session.js'
import { undoCommit } from '../../../src/commit/undo-commit.js'
import { systemPorts } from '../../../src/os/system-ports.js'
import { bundleProgram } from '../../helpers/bundle-program.js'
import { need } from '../../helpers/capability.js'
import { Crash, failureOf } from '../../helpers/crash-points.js'
import { watchedOps } from '../../helpers/faulty-ops.js'
import { makePlaces } from '../../helpers/file-systems.js'
import type { Save } from '../../helpers/saving-editor.js'
import { openScratchSession, type ScratchSession } from '../../helpers/scratch-session.js'
import { backends, type OverlayBackend } from '../../helpers/test-overlays.js'

const ports = systemPorts()
const files = [...'abcdefgh', 'sub/x', 'sub/y', 'sub/z']
const policies = ['abort', 'ours', 'skip', 'ours', 'theirs'] as const
const commits = 200
const undo = { keep: 2 * commits, days: 1 }

/** What the session does in a round, as far as the project lets it; every content has the size of the editor's. */
function work(round: number): string {
  const write = (file: string): string => {
    const text = `made ${String(round * 100 + files.indexOf(file)).padStart(8, '0')}`
    return `echo ${text} > t; mv -T t ${file}`
  }
  const removes = (file: string): boolean => (round + files.indexOf(file)) % 5 === 0
  const own = files.filter((_, index) => (round + index) % 3 === 0)
  return [
    '[ -d sub ] || { rm -f sub; mkdir sub; }',
    ...own.map((file) => (removes(file) ? `rm -f ${file}` : write(file))),
    ...(round % 10 === 3 ? ['rm -r sub'] : []),
    ...(round % 10 === 8 ? ['rm -r sub', write('sub')] : []),
    '[ ! -e b ] || chmod 600 b',
  ].join('; ')
}

/** An editor at work in the project. */
async function startEditor(project: string): Promise<{ nextSave(): Promise<unknown>; stop(): Promise<Save[]> }> {
  const program = await bundleProgram('test/helpers/saving-editor.ts')
  const child = fork(program, [project, ...files], { serialization: 'advanced' })
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(dirname(program), { recursive: true, force: true })
  })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the editor ended with ${code}`)))
  ended.catch(() => undefined)
  const log = new Promise<Save[]>((resolve) => {
    child.on('message', (message: number | Save[]) => {
      if (typeof message !== 'number') resolve(message)
    })
  })
  return {
    nextSave: () => Promise.race([once(child, 'message'), ended]),
    stop() {
      child.send('stop')
      return Promise.race([log, ended])
    },
  }
}

/** A commit that had its directory in `undo/`: what was saved from then on by another entry may not have been displaced by it. */
interface Attempt {
  readonly id: string
  readonly judgedNs: bigint
  readonly onConflict: string
}

it('loses no save of an editor during 200 commits', { timeout: 300_000 }, async (context) => {
  const backend = backends.find(({ name }) => name === 'kernel') as OverlayBackend
  need(context, backend.missing())
  const { dir } = makePlaces(context, { name: 'ext4', project: 'ext4' })
  const before = (at: string): void =>
    void execFileSync('sh', ['-ec', `mkdir sub; for f in ${files.join(' ')}; do echo base 00000000 > $f; done`], {
      cwd: at,
    })
  const scratch = await openScratchSession({ ports, backend, dir, before })
  const editor = await startEditor(scratch.project)
  const attempts: Attempt[] = []
  const ended = new Map<string | undefined, number>()
  for (let round = 1; round <= commits; round += 1) {
    execFileSync('sh', ['-c', work(round)], { cwd: scratch.merged, stdio: 'ignore' })
    await editor.nextSave()
    const onConflict = policies[round % policies.length] ?? 'abort'
    const last = round % 7 === 0 ? 10 + ((round * 13) % 60) : Number.POSITIVE_INFINITY
    const known = undoOf(scratch)
    let judgedNs = process.hrtime.bigint()
    const { ops } = watchedOps(ports.ops, (call, name, [, made]) => {
      if (call > last) throw new Crash('killed')
      // By then every check is over.
      if (onConflict === 'ours' && name === 'mkdir' && made === 'journal') judgedNs = process.hrtime.bigint()
    })
    const error = await failureOf(() => commitSession({ ...ports, ops }, scratch.session, { onConflict, undo }))
    count(ended, codeOf(error))
    const [id] = undoOf(scratch).filter((each) => !known.includes(each))
    if (id !== undefined) attempts.push({ id, judgedNs, onConflict })
    if (round % 9 === 0) count(ended, codeOf(await failureOf(() => undoCommit(ports, scratch.session))))
  }
  const allowed = ['COMMIT_CONFLICT', 'COMMIT_FAILED', 'NOTHING_TO_UNDO', undefined]
  expect([...ended.keys()].filter((code) => !allowed.includes(code))).toEqual([])
  expect(ended.get('COMMIT_CONFLICT')).toBeGreaterThan(0)
  expect(attempts.length).toBeGreaterThan(0)

  const saves = await editor.stop()
  // Nothing is in the way any more.
  await commitSession(ports, scratch.session, { onConflict: 'ours', undo })
  await scratch.unmount()

  const tree = contentsOf(scratch.project)
  const kept = contentsOf(`${scratch.session.dir}/undo`)
  const whole = /^((base|made|save) \d{8}\n)?$/
  expect([...tree, ...kept].filter(({ text }) => !whole.test(text))).toEqual([])
  const there = new Set([...tree, ...kept].map(({ text }) => numberOf(text)))
  const replaced = new Set(saves.flatMap((save) => save.replaced.map(numberOf)))
  const lost = saves.filter(({ number, done }) => done && !there.has(number) && !replaced.has(number))
  expect(lost).toEqual([])
  expect(kept.some(({ text }) => numberOf(text) > 0)).toBe(true)
  for (const { id, judgedNs, onConflict } of attempts) {
    const displaced = kept.filter(({ path }) => path.includes(`/${id}/`)).map(({ text }) => saves[numberOf(text) - 1])
    const late = displaced.filter((save) => save !== undefined && save.beganNs > judgedNs && isSeen(save, onConflict))
    expect({ id, onConflict, late }).toEqual({ id, onConflict, late: [] })
  }
})

/** Who has a file open may write to it once it is displaced; of a directory that conflicts a commit by `ours` looks at nothing but itself. */
function isSeen({ way, path }: Save, onConflict: string): boolean {
  return way !== 'writeInPlace' && !(onConflict === 'ours' && path.includes('/sub/'))
}

function codeOf(error: unknown): string | undefined {
  return error === undefined ? undefined : String((error as { code?: unknown }).code ?? error)
}

function count(counts: Map<string | undefined, number>, what: string | undefined): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

function numberOf(text: string): number {
  return text.startsWith('save') ? Number(text.slice(5)) : 0
}

function undoOf({ session }: ScratchSession): string[] {
  return existsSync(`${session.dir}/undo`) ? readdirSync(`${session.dir}/undo`).filter((id) => /^\d+$/.test(id)) : []
}

/** Of all regular files below. */
function contentsOf(top: string): { path: string; text: string }[] {
  const all = readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => `${top}/${name}`)
  return all
    .filter((path) => lstatSync(path).isFile() && !/\/(plan|mark)$/.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}
