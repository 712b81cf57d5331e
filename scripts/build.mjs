// Builds dist/: declarations by tsc, the library and the command line by rolldown.
//
// The library keeps its npm dependencies external. The command line bundles them, split at each dynamic
// import, so that a command loads a few files instead of some hundred. It is built as CommonJS: Node 20
// loads that some milliseconds sooner than ES modules, and every command pays them.

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// A build that fails, or is under way, leaves the last one as it was.
const dist = join(root, '.tools', `dist-${process.pid}`)

mkdirSync(dist, { recursive: true })
process.on('exit', () => rmSync(dist, { recursive: true, force: true }))

const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', dist],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
if (tsc.status !== 0) process.exit(1)

const native = [/^#native\//, /^@openagentic\//]

/** Leaves `module` out of the bundle where a file below `importer` imports it. */
function without(name, module, importer, code) {
  return {
    name,
    resolveId: {
      filter: { id: module },
      handler: (_id, from) => (from?.includes(importer) ? `\0${name}` : null),
    },
    load: { filter: { id: new RegExp(`^\0${name}$`) }, handler: () => code },
  }
}

// commander loads it for subcommands that are programs of their own, which we have none of.
const withoutChildProcess = without('no-child-process', /^node:child_process$/, '/commander/', 'module.exports = {}')
// The protocol's package checks with it what a client answers to questions of a server, which asks none.
const withoutAjv = without(
  'no-ajv',
  /\/ajv-provider\.js$/,
  '/@modelcontextprotocol/',
  'export class AjvJsonSchemaValidator {}',
)

// Not minified, so that a stack trace can be read; it would save a millisecond at the most.
const comments = { legal: true, annotation: false, jsdoc: false }

const common = {
  cwd: root,
  platform: 'node',
  tsconfig: true,
  transform: { target: 'node20.19' },
  treeshake: { moduleSideEffects: [{ test: /\/src\//, sideEffects: false }] },
}

await build({
  ...common,
  input: 'src/index.ts',
  external: /^[#@a-z]/,
  output: { file: join(dist, 'index.js'), format: 'esm', codeSplitting: false, comments },
})

const program = await build({
  ...common,
  input: { main: 'src/cli/main.ts' },
  external: native,
  plugins: [withoutChildProcess, withoutAjv],
  output: {
    dir: join(dist, 'cli'),
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    comments,
  },
})
// One file: it is loaded once a mount, and a session that is mounted must not miss a piece that an update replaced.
for (const [input, file] of [
  ['src/mount/fuse/server/main.ts', 'fuse-server.cjs'],
  ['src/mount/fuse/server/mount-main.ts', 'mount-fuse.cjs'],
]) {
  await build({
    ...common,
    input,
    external: [...native, 'fuse-native'],
    output: { file: join(dist, file), format: 'cjs', codeSplitting: false, comments },
  })
}
chmodSync(join(dist, 'cli/main.cjs'), 0o755)
writeFileSync(join(dist, 'cli/LICENSES.txt'), licenses(program.output))

/** What the licenses of the bundled packages ask for: that they come along. */
function licenses(chunks) {
  const files = chunks.flatMap(({ moduleIds = [] }) => moduleIds)
  const dirs = files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  const texts = [...new Set(dirs)].sort().map((dir) => {
    const { name, version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
    const file = readdirSync(dir).find((entry) => /^licen[cs]e\b/i.test(entry))
    if (file === undefined) throw new Error(`${name} is bundled, and has no license file`)
    return `${name} ${version}\n\n${readFileSync(join(dir, file), 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

const old = `${dist}-old`
if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
renameSync(dist, join(root, 'dist'))
rmSync(old, { recursive: true, force: true })
