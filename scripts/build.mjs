// Builds dist/: declarations by tsc, the library and the command line by esbuild.
//
// The library keeps its npm dependencies external. The command line bundles them, split at each
// dynamic import, so that one command loads a few files instead of some hundred.

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// A build that fails, or is under way, leaves the last one as it was.
const dist = join(root, '.tools', `dist-${process.pid}`)
const library = join(root, 'src/index.ts')
const cli = join(root, 'src/cli/main.ts')

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

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  external: ['#native/*', 'fuse-native'],
  logLevel: 'warning',
}

if (existsSync(library)) {
  await build({ ...common, entryPoints: [library], outfile: join(dist, 'index.js'), packages: 'external' })
}

if (existsSync(cli)) {
  await build({
    ...common,
    entryPoints: [{ in: cli, out: 'main' }],
    outdir: join(dist, 'cli'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // Bundled CommonJS dependencies call require for node's own modules, which an ES module lacks.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  })
  chmodSync(join(dist, 'cli/main.js'), 0o755)
}

const old = `${dist}-old`
if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
renameSync(dist, join(root, 'dist'))
rmSync(old, { recursive: true, force: true })
