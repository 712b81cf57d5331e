import { execFileSync } from 'node:child_process'
import type { FileOps } from '../../src/os/file-ops.js'
import { systemPorts } from '../../src/os/system-ports.js'
import { type Faults, watchedOps } from './faulty-ops.js'
import { openScratchSession, type ScratchSession } from './scratch-session.js'
import type { OverlayBackend } from './test-overlays.js'

const setup = `
  for n in a b c; do echo $n > $n; done; ln a twin; ln -s a link; mkdir -p d/sub gone/sub closed
  echo x > d/x; echo y > d/sub/y; echo z > gone/sub/z; echo q > closed/q; chmod 555 closed; mkdir -p old/in/deep
  for n in f del in/g in/deep/h; do echo $n > old/$n; done; touch -d 2001-01-01 a d d/sub old/in .`

/** Every kind of step: replacements, creations, removals, a type change each way, attributes, links, a closed directory. */
const session = `
  echo 1 >> a; chmod 600 b; rm c; mkdir c; echo 1 > c/new; rm -r d/sub; echo f > d/sub; echo 1 > d/n; mkdir -p n/m; echo 1 > n/m/f; ln n/m/f n/l
  rm -r gone; ln -sf b link; chmod 755 closed; echo 1 >> closed/q; chmod 555 closed; chmod 700 d; touch n/m
  mv old new; echo 1 >> new/f; rm new/del; echo 1 > new/in/n; chmod 700 new/in/deep; rm -r new/in/g`

/** A session with a change of every kind, detached, over a project of its own. */
export async function everyKindOfChange(backend: OverlayBackend, dir: string): Promise<ScratchSession> {
  const run = (at: string, script: string): void => {
    execFileSync('sh', ['-ec', script], { cwd: at, uid: backend.user, gid: backend.user })
  }
  const ports = systemPorts()
  const scratch = await openScratchSession({ ports, backend, dir, before: (project) => run(project, setup) })
  run(scratch.merged, session)
  await scratch.unmount()
  return scratch
}

class Crash extends Error {}

/** Port calls until number `at`: that one and all later ones are never made, as if the process had been killed. */
export function dyingOps(real: FileOps, at: number): Faults {
  return watchedOps(real, (call) => {
    if (call >= at) throw new Crash(`killed at call ${at}`)
  })
}
