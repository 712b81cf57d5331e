import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { CommandInput } from '../../../src/tools/command-input.js'
import { CommandTool } from '../../../src/tools/command-tool.js'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import type { WorkspaceFiles } from '../../../src/workspace/workspace.js'
import { commandBed } from '../../helpers/command-bed.js'
import { removeSharedCache } from '../../helpers/wasi.js'

afterAll(removeSharedCache)

const commands = ['cat', 'exit', 'files', 'flood', 'grow', 'hello', 'loop', 'paths', 'strings', 'trap']

const files: WorkspaceFiles = {
  'README.md': new Uint8Array(Buffer.from('# a project\n')),
  'src/main.c': new Uint8Array(Buffer.from('int main(void) { return 0; }\n')),
  'src/deep/er/file': new Uint8Array(Buffer.from([0, 255, 10])),
  'src/ü b.txt': new Uint8Array(Buffer.from('text')),
  'empty/': new Uint8Array(0),
}

/** `ends`: how it ended with its status, or the code of the error; `exit 0` when left out. */
type Step = CommandInput & { readonly ends?: string }

const argv = (...words: readonly [string, ...string[]]): Step => ({ argv: words })
const ends = (how: string, ...words: readonly [string, ...string[]]): Step => ({ argv: words, ends: how })

/** Each is run on a fresh tree, one step after the other. */
const table: readonly [name: string, ...steps: Step[]][] = [
  ['prints', argv('hello')],
  ['writes a new file', argv('files', 'w', '3', 'out.txt', 'new')],
  ['writes over a file', argv('files', 'w', '3', 'README.md', 'other')],
  ['writes the same again', argv('files', 'w', '4', 'src/ü b.txt', 'text')],
  [
    'appends',
    argv('paths', 'a', 'README.md', 'more'),
    argv('paths', 'a', 'log', 'one'),
    argv('paths', 'a', 'log', 'two'),
  ],
  ['reads', argv('files', 'r', '3', 'src/main.c'), argv('files', 'r', '4', 'src/deep/er/file')],
  ['reads what is not there', ends('exit 44', 'files', 'r', '3', 'none')],
  ['deletes', argv('files', 'u', '3', 'README.md'), argv('files', 'u', '3', 'src/deep/er/file')],
  ['deletes what is not there', ends('exit 44', 'files', 'u', '3', 'none')],
  ['renames a file', argv('paths', 'n', 'README.md', 'src/README')],
  ['renames over a file', argv('paths', 'n', 'README.md', 'src/main.c')],
  ['renames a directory', argv('paths', 'n', 'src', 'source'), argv('files', 'w', '3', 'source/new', 'x')],
  ['makes directories', argv('paths', 'm', 'one'), argv('paths', 'm', 'one/two'), argv('files', 'w', '3', 'one/a', '')],
  ['makes what is there', ends('exit 20', 'paths', 'm', 'src')],
  ['removes directories', argv('paths', 'd', 'empty'), ends('exit 55', 'paths', 'd', 'src')],
  ['a directory where a file was', argv('files', 'u', '3', 'README.md'), argv('paths', 'm', 'README.md')],
  ['a file where a directory was', argv('paths', 'd', 'empty'), argv('files', 'w', '3', 'empty', 'file')],
  ['names that objects have', argv('files', 'w', '3', '__proto__', 'x'), argv('files', 'w', '3', 'constructor', 'y')],
  ['exit statuses', ends('exit 3', 'exit', '3'), ends('exit 125', 'exit', '125'), ends('trap 134', 'exit', '126')],
  ['a trap', ends('trap 134', 'trap')],
  ['a time-out', { ...ends('timeout 124', 'loop'), limits: { timeMs: 200 } }],
  ['too much memory', { ...ends('out-of-memory 134', 'grow'), limits: { memoryBytes: 200_000 } }],
  ['output cut off', { ...argv('hello'), limits: { stdoutBytes: 2, stderrBytes: 3 } }],
  ['standard input', { ...argv('cat'), stdin: 'a line ü\n' }],
  ['no standard input', argv('cat')],
  ['arguments and variables', { ...argv('strings', 'a b', '', '*'), env: { ONE: '1' } }],
  [
    'a working directory',
    { ...argv('files', 'w', '3', 'made', 'x'), cwd: 'src/deep' },
    { ...argv('strings'), cwd: 'src' },
  ],
  ['out of the working directory', { ...ends('exit 63', 'files', 'w', '3', '../x', 'x'), cwd: 'src' }],
  [
    'out of the workspace',
    ends('exit 63', 'files', 'w', '3', '../x', 'x'),
    ends('exit 63', 'files', 'r', '4', '/etc/passwd'),
  ],
  ['a working directory that is none', { ...ends('PATH_INVALID', 'hello'), cwd: 'none' }],
  ['a working directory outside', { ...ends('PATH_INVALID', 'hello'), cwd: '..' }],
  ['no such command', ends('NO_SUCH_COMMAND', 'rm', '-rf', '/')],
  ['no name', ends('TOOL_INPUT_INVALID', '')],
]

test.for(table)('%s: the same in a directory and in memory', async ([, ...steps], context) => {
  const { bundle, runner, workspace: directory } = await commandBed(context, commands)
  for (const [path, content] of Object.entries(files)) {
    const place = join(directory, path)
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(place, content)
  }
  const memory = new MemoryWorkspace(files)
  const mounted = new CommandTool({ runner, bundles: [bundle], workspace: directoryWorkspace(directory) })
  const onSnapshot = new CommandTool({ runner, bundles: [bundle], workspace: memory })
  for (const step of steps) {
    const outcome = await outcomeOf(mounted, step)
    expect(outcome).toMatchObject({ ends: step.ends ?? 'exit 0' })
    expect(await outcomeOf(onSnapshot, step)).toEqual(outcome)
    expect(await memory.snapshot()).toEqual(treeOf(directory))
  }
})

async function outcomeOf(tool: CommandTool, { ends: _, ...input }: Step): Promise<Record<string, unknown>> {
  try {
    const output = await tool.run(input)
    return { ...output, ends: `${output.ended} ${output.exitCode}` }
  } catch (error) {
    return { ends: (error as { code?: string }).code }
  }
}

/** As `MemoryWorkspace.snapshot` tells it. */
function treeOf(directory: string): WorkspaceFiles {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const told = entries.flatMap((entry) => {
    const place = join(entry.parentPath, entry.name)
    const path = place.slice(directory.length + 1)
    if (entry.isFile()) return [[path, new Uint8Array(readFileSync(place))] as const]
    return readdirSync(place).length === 0 ? [[`${path}/`, new Uint8Array(0)] as const] : []
  })
  return Object.fromEntries(told)
}

function directoryWorkspace(directory: string): ConstructorParameters<typeof CommandTool>[0]['workspace'] {
  const unused = (): never => expect.unreachable()
  return { directory, readFile: unused, writeFile: unused, deleteFile: unused, stat: unused, listDir: unused }
}
