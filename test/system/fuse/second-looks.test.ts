import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { bundleProgram } from '../../helpers/bundle-program.js'
import { need } from '../../helpers/capability.js'
import { accountUser, noFuse } from '../../helpers/fuse-bed.js'

let program: string
beforeAll(async () => {
  program = await bundleProgram('src/mount/fuse/server/mount-main.ts')
})
afterAll(() => execFileSync('rm', ['-rf', dirname(program)]))
beforeEach((context) => need(context, noFuse()))

/** Everything below a directory, and names that may not be there. */
const look = `find . -mindepth 1 -printf '%p %y %m %n %s %T@ %l\\n' | sort
  find . -type f | sort | xargs cat; cd d && ls -U | sort; stat -c %n new ../e ../gone d/x 2>&1`

interface Bed {
  readonly top: string
  sh(script: string): string
  /** What `script` does below the project is there in merged as well a second later. */
  sees(): Promise<void>
  /** Runs until it is told to stop. */
  loop(script: string): () => Promise<void>
}

function bed(uid: number): Bed {
  const top = mkdtempSync(join(tmpdir(), 'oa-looks-'))
  onTestFinished(() => {
    spawnSync('umount', ['-l', join(top, 'm')])
    execFileSync('rm', ['-rf', '--one-file-system', top])
  })
  for (const name of ['low', 'up', 'work', 'm']) {
    mkdirSync(join(top, name))
    chownSync(join(top, name), uid, uid)
  }
  chmodSync(top, 0o755)
  const user = { uid, gid: uid, encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL', cwd: top } as const
  const sh = (script: string): string => {
    const { stdout, stderr } = spawnSync('sh', ['-c', script], user)
    return stdout + stderr
  }
  sh('cd low && mkdir -p d/d e && echo one >d/f && echo two >d/g && ln d/g e/g && ln -s f d/l && echo deep >d/d/x')
  const options = 'lowerdir=low,upperdir=up,workdir=work'
  expect(spawnSync(process.execPath, [program, 'looks', 'm', '-o', options], user)).toMatchObject({ status: 0 })
  return {
    top,
    sh,
    async sees() {
      const seen = (dir: string): string => sh(`cd ${dir} && ${look}`)
      // Twice a second, so that whatever a server says for ever would stay.
      const both = expect.poll(() => [seen('m'), seen('low')], { interval: 500, timeout: 5_000 })
      await both.toSatisfy(([merged, project]) => merged === project)
      expect(seen('m')).toContain('./e d')
    },
    loop(script) {
      const child = spawn('sh', ['-c', `while :; do ${script}; done`], { ...user, stdio: 'ignore', detached: true })
      return async () => {
        // With what it is running, which would go on changing things.
        process.kill(-(child.pid as number), 'SIGKILL')
        await once(child, 'exit')
      }
    },
  }
}

describe.each([
  ['root', 0],
  ['a plain user', accountUser],
] as const)('what %s has looked at', (_who, uid) => {
  test('is as the project has it soon after each change', { timeout: 60_000 }, async () => {
    const { sh, sees } = bed(uid)
    await sees()
    for (const change of [
      'echo more >>d/f; chmod 600 e/g',
      'echo new >d/new; mkdir gone',
      'rm d/new; rmdir gone; truncate -s 100 d/f',
      'echo other >d/h && mv d/h d/f; rm d/l && ln -s g d/l',
      'mv d e/d && mkdir -p d/d && echo one >d/d/other',
      'rm -r d && mv e/d d && touch -d 2001-01-01 d/d/x',
      // By its other name.
      'echo longer >>e/g',
    ]) {
      expect(sh(`cd low && { ${change}; }`)).toBe('')
      await sees()
    }
  })

  test('is as the project has it when both are busy meanwhile', { timeout: 60_000 }, async () => {
    const { loop, sees } = bed(uid)
    const stops = [
      loop(
        'cd low; for i in 1 2 3; do echo $i >>d/new; mv d/new d/f; mkdir gone e/$i; mv e/$i d/d/$i; rmdir gone d/d/$i; done; cd ..',
      ),
      loop('cd low; mv d e/d; mkdir d; echo one >d/g; rm -r d; mv e/d d; cd ..'),
      ...[1, 2].map(() => loop(`(cd m; ${look})`)),
    ]
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await Promise.all(stops.map((stop) => stop()))
    await sees()
  })
})

/** The process that has a directory open. */
function whoHas(directory: string): number {
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readdirSync(`/proc/${pid}/fd`).some((fd) => isAt(`/proc/${pid}/fd/${fd}`, directory))
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`Nobody has ${directory} open`)
  return Number(found)
}

function isAt(link: string, directory: string): boolean {
  try {
    return readlinkSync(link) === directory
  } catch {
    return false
  }
}

test('is as the project has it when more happened than the kernel tells', { timeout: 60_000 }, async () => {
  const { top, sh, sees } = bed(0)
  await sees()
  const server = whoHas(join(top, 'low'))
  process.kill(server, 'SIGSTOP')
  try {
    const files = ['f', 'g'].map((name) => openSync(join(top, 'low/d', name), 'r+'))
    const most = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
    for (let count = 0; count < most; count += 1) for (const file of files) writeSync(file, '.', 0)
    for (const file of files) closeSync(file)
    expect(sh('cd low && rm d/l && echo new >d/new && mv e/g d/x && mv d e/d && mkdir d')).toBe('')
  } finally {
    process.kill(server, 'SIGCONT')
  }
  await sees()
})
