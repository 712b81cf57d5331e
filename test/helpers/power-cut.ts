import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemPorts } from '../../src/os/system-ports.js'
import { noTracer } from './call-tracer.js'
import { noRoot } from './capability.js'
import { closingOps } from './closing-ops.js'
import { Crash, createFindings, mustBeTidy, openFiles, type Subject } from './crash-points.js'
import type { Tried } from './fault-counts.js'
import { type Faults, watchedOps } from './faulty-ops.js'
import { mountFileSystem, noFileSystem } from './loop-device.js'
import { mustBeOldOrNew } from './tree-oracle.js'

/** What still reaches the disk: the log and all data before it, the log alone, nothing. */
export type CutFlags = 0 | 1 | 2

/** A file system with a journal, whose power can be cut. */
export interface PowerDisk {
  readonly root: string
  /** Nothing is written from here on; every call that would fails. */
  cut(flags: CutFlags): void
  /** Mounts it again, which replays its journal. Nothing may be open on it. */
  restart(): void
  /** What is there now is there after a cut. */
  sync(): void
}

export function noPowerDisk(type: 'ext4' | 'xfs'): string | undefined {
  return noRoot() ?? noFileSystem(type) ?? noTracer()
}

/** For a journal, the least that the programs take. */
const megabytes = { ext4: 64, xfs: 320 } as const

/** Goes away with the test. */
export function powerDisk(type: 'ext4' | 'xfs', tracer: string): PowerDisk {
  // In memory: what counts is what the file system hands to its disk.
  const memory = mountFileSystem('tmpfs')
  const root = join(memory, 'root')
  let image = join(memory, 'image')
  // A copy has the UUID of what may still be mounted elsewhere.
  const options = type === 'xfs' ? 'loop,nouuid' : 'loop'
  mkdirSync(root)
  writeFileSync(image, '')
  truncateSync(image, megabytes[type] << 20)
  execFileSync(`mkfs.${type}`, ['-q', image], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
  execFileSync('mount', ['-t', type, '-o', options, image, root])
  return {
    root,
    cut: (flags) => void execFileSync(tracer, ['--shutdown', root, '--shutdown-flags', `${flags}`]),
    restart() {
      unmount(root)
      image = releasedImage(image)
      execFileSync('mount', ['-t', type, '-o', options, image, root])
    },
    sync: () => void execFileSync('sync', ['-f', root]),
  }
}

function unmount(root: string): void {
  try {
    execFileSync('umount', [root], { stdio: 'pipe' })
  } catch (error) {
    const open = openFiles().filter((path) => path.startsWith(root))
    throw new Error(`cannot unmount; open are ${open.join(', ') || 'no files of ours'}`, { cause: error })
  }
}

/** Mount namespaces that others made meanwhile hold the mount too, and its image would come back shut down: then a copy of it. */
function releasedImage(image: string): string {
  for (let tries = 0; tries < 20; tries += 1) {
    if (execFileSync('losetup', ['-j', image], { encoding: 'utf8' }) === '') return image
    execFileSync('sleep', ['0.01'])
  }
  const copy = `${image}+`
  execFileSync('cp', ['--sparse=always', image, copy])
  rmSync(image)
  return copy
}

export interface PowerTrial {
  readonly disk: PowerDisk
  readonly flags: CutFlags
  /** A fresh subject, on the disk. */
  prepare(): Promise<Subject>
  readonly tried: Tried
  /** Tries every n-th number alone. */
  readonly every?: number
}

/**
 * Cuts the power before each state-changing call in turn, and once more while recovering from that. Afterwards the tree must be the old one
 * or the new one, and nothing left over. What has come through must be durable when it returns.
 */
export async function cutEverywhere(trial: PowerTrial): Promise<{ points: number }> {
  const { disk, prepare, tried, every = 1 } = trial
  const { ops } = systemPorts()
  const findings = createFindings()
  let subject: Subject | undefined
  for (let at = 1; ; at += every) {
    const now = subject ?? (await prepare())
    subject = undefined
    disk.sync()
    const struck = await cutDuring(trial, at, now.run)
    if (!struck) {
      await findings.of('after the end', async () => {
        disk.cut(2)
        disk.restart()
        await now.recover(ops)
        const is = mustBeOldOrNew(now.tree(), now)
        if (is === 'old') throw new Error('what had come through was gone')
        mustBeTidy(now, is)
        await now.goOn?.(is)
      })
      findings.report()
      return { points: at - 1 }
    }
    tried.crashes += 1
    await findings.of(`cut before call ${at}`, async () => {
      if (await cutDuring(trial, 1 + (at % 7), now.recover)) tried.crashes += 1
      await now.recover(ops)
      const is = mustBeOldOrNew(now.tree(), now)
      mustBeTidy(now, is)
      if (is === 'old' && at % 10 !== 0) subject = now
      else await now.goOn?.(is)
    })
  }
}

/** Whether it came to call `at`. The disk runs again when this returns. */
async function cutDuring(
  { disk, flags }: PowerTrial,
  at: number,
  work: (ops: Faults['ops']) => Promise<unknown>,
): Promise<boolean> {
  const { ops, closeAll } = closingOps(systemPorts().ops)
  const faults = watchedOps(ops, (call) => {
    if (call === at) disk.cut(flags)
    if (call >= at) throw new Crash(`power cut before call ${at}`)
  })
  try {
    await work(faults.ops)
  } catch (error) {
    if (faults.count() < at) throw error
  }
  if (faults.count() < at) return false
  closeAll()
  disk.restart()
  return true
}
