import { createContentHasher } from '../../../fingerprint/content-hash.js'
import type { FileOps } from '../../../os/file-ops.js'
import type { FuseDevice, FuseSystem } from '../../../os/fuse-device.js'
import { isDiskShut } from '../../../os/is-disk-shut.js'
import { createLayerOps, type LayerOps } from '../../../os/layer-ops.js'
import type { Addon } from '../../../os/load-addon.js'
import { createFileOps } from '../../../os/native-file-ops.js'
import { SystemError } from '../../../os/system-error.js'
import type { AbsPath, ByteString } from '../../../paths/byte-string.js'
import { absPath, nameOf, relPath } from '../../../paths/rel-path.js'
import { encodeIndexPlan } from '../../holder-plan.js'
import { createOverlay } from '../core/create-overlay.js'
import type { ServerPlan } from '../server-plan.js'
import { serve } from './serve.js'
import { staleQueue } from './stale-queue.js'
import { openTouchedLog, type TouchedLog } from './touched-log.js'
import { watchLowers } from './watch-lowers.js'

export interface ServerEvents {
  readonly ready: () => void
  readonly note: (line: string) => void
}

/** Bytes of a request: as much as Linux sends. */
const maxWrite = 1 << 20

/** Milliseconds that what the project holds may be kept by the kernel, which counts in ticks: what the person changes is seen within a second. */
const lowerValidMs = 900

/** The same where a watch tells what changes: bounds what no watch does. */
const watchedValidMs = 600_000

/** A part of all descriptors is for directories; the rest is for open files. */
const directoryShare = 0.5
const mostDirectories = 50_000

/** The steps of it that can fail carry their names, as those of the holder do. */
class StartError extends Error {
  readonly step: string

  constructor(step: string, message: string) {
    super(message)
    this.step = step
  }
}

/** Takes the lock, mounts, and serves until the mount is taken away or the process is asked to end. */
export async function startServer(
  addon: Addon,
  system: FuseSystem,
  plan: ServerPlan,
  events: ServerEvents,
): Promise<void> {
  const ops = createFileOps(addon)
  const files = system.raiseOpenFiles()
  if (plan.lock !== undefined) takeLock(ops, plan.lock)
  const stale = staleQueue()
  const lowers = plan.lowers.map((lower) => ops.openRoot(lower))
  const layers = createLayerOps(addon)
  const touched = await openLog(ops, layers, plan, events)
  const watching = watchLowers(addon, ops, lowers)
  const core = createOverlay(layers, {
    lowers,
    upper: plan.upper === undefined ? undefined : ops.openRoot(plan.upper),
    work: plan.work === undefined ? undefined : ops.openRoot(plan.work),
    family: plan.family,
    readOnly: plan.upper === undefined || plan.flags.includes('ro'),
    privileged: plan.mountProgram === undefined,
    maxDirectories: Math.min(Math.floor(files * directoryShare), mostDirectories),
    lowerValidMs,
    onTouch: touched?.note,
    watchedValidMs,
    ...watching,
    onStale: stale.entry,
    onSettle: stale.settle,
    onChanged: stale.inode,
  })
  if (typeof core === 'number') throw new SystemError('EIO', core, 'layers', undefined)
  const device = mountIt(system, plan)
  process.title = `openagentic-holder ${plan.title}`
  let isOver = false
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isOver = true
    })
  }
  const ready = (): void => {
    events.ready()
    noteDirectories(addon, plan, events)
  }
  const isGone = await serve({
    device,
    core,
    stale,
    wake: watching?.watch.fd ?? -1,
    wishes: { maxWrite, writebackCache: false, posixAcl: true, passthrough: false },
    onReady: ready,
    onFault: (error, opcode) => events.note(`request ${opcode}: ${error instanceof Error ? error.stack : error}`),
    isOver: () => isOver,
  })
  // No mount stays behind that nobody answers for.
  if (!isGone) takeAway(system, plan)
  core.close()
  touched?.close()
  device.close()
}

/** A record that this user may not write to has to do without. */
async function openLog(
  ops: FileOps,
  layers: LayerOps,
  { record }: ServerPlan,
  { note }: ServerEvents,
): Promise<TouchedLog | undefined> {
  if (record === undefined) return undefined
  const dir = ops.openRoot(record)
  try {
    return openTouchedLog(ops, layers, await createContentHasher(ops), dir, note)
  } catch (error) {
    if (!isDiskShut(error)) throw error
    note(`${error}`)
    return undefined
  } finally {
    ops.close(dir)
  }
}

function takeAway(system: FuseSystem, { target, mountProgram }: ServerPlan): void {
  if (mountProgram !== undefined) system.mountByHelper(mountProgram, ['-u', '-z', '--', target] as ByteString[])
  else system.unmount(target, true)
}

/** Until the process ends, as nobody closes it. */
function takeLock(ops: FileOps, lock: AbsPath): void {
  const at = lock.lastIndexOf('/')
  const dir = ops.openRoot(absPath(lock.slice(0, at + 1)))
  const name = nameOf(relPath(lock.slice(at + 1)))
  const fd = ops.stat(dir, name) === undefined ? ops.createFile(dir, name, 0o600) : ops.openFileForWriting(dir, name)
  ops.close(dir)
  if (!ops.flock(fd, 'exclusive')) throw new SystemError('EWOULDBLOCK', 11, 'lock', undefined)
}

function mountIt(system: FuseSystem, { target, mountProgram, source, flags }: ServerPlan): FuseDevice {
  // The kernel checks modes and ACLs by itself, so nobody is asked for each access.
  const options = ['default_permissions', 'subtype=openagentic-overlay', ...flags]
  if (mountProgram === undefined) {
    const asRoot = ['rootmode=40000', 'user_id=0', 'group_id=0', 'allow_other']
    return system.mount(target, source, [...options, ...asRoot] as ByteString[])
  }
  const all = [...options, `fsname=${source}`].join(',')
  const { device, refusal } = system.mountByHelper(mountProgram, ['-o', all, '--', target] as ByteString[])
  if (device === undefined) throw new StartError('fusermount3', refusal)
  return device
}

/** In the background. A session without an index only takes longer to judge. */
function noteDirectories(addon: Addon, { lowers: [lower], index }: ServerPlan, { note }: ServerEvents): void {
  if (index === undefined || lower === undefined) return
  addon.runProgram(index.program, ['index'], encodeIndexPlan(lower, index)).then(
    ({ exitCode, stdout }) => exitCode === 0 || note(`index: ${stdout.toString('utf8').trim()}`),
    (error: unknown) => note(`index: ${error}`),
  )
}
