import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import { LocalDirWorkspace } from '../../../src/workspace/local-dir-workspace.js'
import type { DirectoryWorkspace } from '../../../src/workspace/workspace.js'
import { need, noRoot } from '../../helpers/capability.js'
import { codeIn } from '../../helpers/code-in.js'
import { scratchProject } from '../../helpers/open-scratch.js'
import { scratch } from '../../helpers/scratch.js'
import { snapshotTree } from '../../helpers/tree.js'

/** Each swap puts a link that leads out in the place of a directory, then the directory back. */
const swaps = 20_000

const attacker = `
  import { createRequire } from 'node:module'
  import { symlinkSync, writeFileSync } from 'node:fs'
  const [addonFile, work, outside, swaps] = process.argv.slice(1)
  const addon = createRequire(import.meta.url)(addonFile)
  symlinkSync(outside, work + '/link')
  symlinkSync(outside + '/sub', work + '/dir/link')
  const places = [[addon.openRoot(work), 'dir'], [addon.openRoot(work + '/dir'), 'sub']]
  for (let swap = 0; swap < 2 * Number(swaps); swap += 1) {
    const [dir, name] = places[(swap >> 1) % 2]
    addon.rename(dir, 'link', dir, name, 'exchange')
  }
  writeFileSync(work + '/done', swaps)
`

/** The addon that this process has loaded. */
function addonFile(): string {
  return Object.keys(createRequire(import.meta.url).cache).find((path) => path.includes('openagentic_overlay')) ?? ''
}

const localDir = async (): Promise<DirectoryWorkspace> => new LocalDirWorkspace(scratch().path, { sync: false })
const shadowDir = async (context: TestContext): Promise<DirectoryWorkspace> => {
  need(context, noRoot())
  return (await scratchProject().open({ backend: 'kernel' })).workspace
}

it.for([
  ['LocalDirWorkspace', localDir],
  ['ShadowDirWorkspace', shadowDir],
] as const)(
  'a %s reads and changes nothing outside while a process swaps directories for links',
  async ([, make], context) => {
    const workspace = await make(context)
    const work = workspace.directory
    const { ops, path: outside } = scratch()
    for (const tree of [`${work}/dir`, outside]) {
      mkdirSync(`${tree}/sub`, { recursive: true })
      for (const file of ['kept', 'written', 'sub/kept', 'sub/written'])
        writeFileSync(`${tree}/${file}`, tree === outside ? 'outside' : 'inside')
    }
    const before = snapshotTree(ops, outside)
    const calls = callsOn(workspace)
    const outcomes: Record<string, number> = {}
    const swapper = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      attacker,
      addonFile(),
      work,
      outside,
      `${swaps}`,
    ])
    onTestFinished(() => void swapper.kill())
    const complaints = textOf(swapper)
    const ended = once(swapper, 'exit')
    for (let call = 0; swapper.exitCode === null; call += 1) {
      const outcome = await codeIn(calls[call % calls.length]?.())
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (call % 100 === 0) await new Promise(setImmediate)
    }
    await ended
    expect(complaints()).toBe('')
    expect(readFileSync(`${work}/done`, 'utf8')).toBe(`${swaps}`)
    expect(snapshotTree(ops, outside)).toEqual(before)
    // Whoever met neither has not been attacked.
    expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['ok', 'PATH_OUTSIDE']))
    expect(
      Object.keys(outcomes).filter((outcome) => !['ok', 'PATH_OUTSIDE', 'NO_SUCH_ENTRY'].includes(outcome)),
    ).toEqual([])
  },
)

function callsOn(workspace: DirectoryWorkspace): (() => Promise<unknown>)[] {
  const inside = async (path: string): Promise<void> => {
    expect(Buffer.from(await workspace.readFile(path)).toString()).not.toBe('outside')
  }
  const data = Buffer.from('inside')
  return ['', 'sub/'].flatMap((dir) => [
    () => inside(`dir/${dir}kept`),
    () => workspace.writeFile(`dir/${dir}written`, data),
    () => workspace.writeFile(`dir/${dir}made`, data),
    () => workspace.deleteFile(`dir/${dir}made`),
    async () => expect((await workspace.stat(`dir/${dir}kept`)).size).toBe(6),
    async () => expect((await workspace.listDir(`dir/${dir}`)).length).toBeGreaterThan(0),
  ])
}

function textOf({ stderr }: ChildProcess): () => string {
  let text = ''
  stderr?.on('data', (chunk) => {
    text += chunk
  })
  return () => text
}
