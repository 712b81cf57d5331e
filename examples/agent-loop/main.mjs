// An agent that works on a project without touching it: its files are those of a session, its commands are WASI modules.
//
//   node examples/agent-loop/main.mjs PROJECT [--commit]
//
// A real agent would ask a model what to do next; here a script answers (scripted-model.mjs), so that no network is needed.

import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandTool, openBundle, openSession, WasmtimeWasiRunner } from 'openagentic-overlay'
import { fileTools } from './file-tools.mjs'
import { runLoop } from './loop.mjs'
import { scriptedModel } from './scripted-model.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [project, flag] = process.argv.slice(2)
if (project === undefined) {
  console.error('usage: node examples/agent-loop/main.mjs PROJECT [--commit]')
  process.exit(2)
}

const session = await openSession({ project: resolve(project), hide: ['.env'] })
try {
  const { workspace } = session
  const cacheHome = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const runner = new WasmtimeWasiRunner({
    cacheDir: join(cacheHome, 'openagentic/overlay/modules'),
    // Where scripts/setup.sh installs wasmtime, if it had to.
    searchPath: `${resolve(here, '../../.tools/bin')}:${process.env.PATH}`,
  })
  const commands = new CommandTool({ runner, bundles: [openBundle(join(here, 'bundle/bundle.json'))], workspace })

  const answer = await runLoop({
    model: scriptedModel(),
    tools: [...fileTools(workspace), commands],
    task: 'Write SUMMARY.md: how long is the README?',
    onStep: (line) => console.log(line),
  })
  console.log(`agent: ${answer}`)

  const { changes, conflicts } = await session.changes()
  for (const { status, path } of changes) console.log(`${status} ${path}`)
  if (flag === '--commit' && conflicts.length === 0) {
    const { applied } = await session.commit()
    console.log(`committed ${applied.length}`)
    await session.discard()
  } else {
    console.log(`kept: openagentic-overlay commit ${session.id}`)
  }
} finally {
  // Detaches what is still there. With TypeScript, or a newer Node.js, `await using session = …` does the same.
  await session[Symbol.asyncDispose]()
}
