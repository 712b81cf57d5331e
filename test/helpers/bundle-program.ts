import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'rolldown'

/**
 * Makes a program of a module of the tests, in a directory of its own: where any user can read it, and where it finds what a program in the
 * checkout finds.
 */
export async function bundleProgram(input: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'oa-driver-'))
  chmodSync(dir, 0o755)
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ type: 'module', imports: { '#native/*': './native/*', '#fuse-server': './fuse-server.cjs' } }),
  )
  symlinkSync(resolve('native-helpers/dist'), join(dir, 'native'))
  symlinkSync(resolve('node_modules'), join(dir, 'node_modules'))
  await build({
    input: resolve('src/mount/fuse/server/main.ts'),
    platform: 'node',
    external: /^[#@a-z]/,
    output: { file: join(dir, 'fuse-server.cjs'), format: 'cjs', codeSplitting: false },
  })
  const outfile = join(dir, 'driver.js')
  await build({
    input: resolve(input),
    platform: 'node',
    external: /^[#@a-z]/,
    output: { file: outfile, codeSplitting: false },
  })
  return outfile
}
