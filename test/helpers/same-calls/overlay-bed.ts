import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleProgram } from '../bundle-program.js'
import { base, type CallCase } from './case.js'
import { runInJail } from './jail.js'

/** A directory for each case, as it is in a mount and as it is without. */
export interface OverlayBed {
  run(place: 'mount' | 'plain' | 'low', name: string, script: string): SpawnSyncReturns<string>
  close(): void
}

/** Needs nothing but the cases: whoever uses it looks for what is missing first. */
export async function overlayBed(uid: number, cases: readonly CallCase[]): Promise<OverlayBed> {
  const top = mkdtempSync(join(tmpdir(), 'oa-calls-'))
  chmodSync(top, 0o755)
  for (const name of ['plain', 'low', 'up', 'work', 'mount']) {
    mkdirSync(join(top, name))
    chownSync(join(top, name), uid, uid)
  }
  const calls = join(top, 'calls')
  execFileSync('cc', ['-O1', '-w', '-o', calls, 'test/fixtures/fuse/calls.c'])
  const program = await bundleProgram('src/mount/fuse/server/mount-main.ts')
  const bed: OverlayBed = {
    run: (place, name, script) => runInJail(directoryOf(top, place, cases, name), script, { uid, env: { calls } }),
    close() {
      spawnSync('umount', ['-l', join(top, 'mount')])
      execFileSync('rm', ['-rf', '--one-file-system', top, dirname(program)])
    },
  }
  try {
    for (const [number, one] of cases.entries()) {
      for (const side of ['plain', 'low']) {
        const directory = join(top, side, `${number}`)
        mkdirSync(directory)
        chownSync(directory, uid, uid)
        const { status, stderr } = runInJail(directory, `${base}\n${one.base ?? ''}`, { uid, env: { calls } })
        if (status !== 0) throw new Error(`${one.name} has no base: ${stderr}`)
      }
    }
    const options = `lowerdir=${top}/low,upperdir=${top}/up,workdir=${top}/work${uid === 0 ? '' : ',userxattr'}`
    const args = [program, 'calls', join(top, 'mount'), '-o', options]
    execFileSync(process.execPath, args, { uid, gid: uid, cwd: '/', timeout: 20_000 })
  } catch (error) {
    bed.close()
    throw error
  }
  return bed
}

function directoryOf(top: string, place: string, cases: readonly CallCase[], name: string): string {
  const number = cases.findIndex((one) => one.name === name)
  if (number < 0) throw new Error(`No case: ${name}`)
  return join(top, place, `${number}`)
}
