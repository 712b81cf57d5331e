import { createContentHasher } from '../../../fingerprint/content-hash.js'
import type { Fd, FileOps } from '../../../os/file-ops.js'
import type { FuseSystem } from '../../../os/fuse-device.js'
import { isDiskShut } from '../../../os/is-disk-shut.js'
import { createLayerOps, type LayerOps } from '../../../os/layer-ops.js'
import type { Addon } from '../../../os/load-addon.js'
import { SystemError } from '../../../os/system-error.js'
import type { AbsPath, ByteString } from '../../../paths/byte-string.js'
import { absPath, nameOf, relPath } from '../../../paths/rel-path.js'
import { encodeIndexPlan } from '../../holder-plan.js'
import { createOverlay } from '../core/create-overlay.js'
import type { OverlayFs, OverlayOptions } from '../core/overlay-fs.js'
import type { ServerPlan } from '../server-plan.js'
import { openTouchedLog, type TouchedLog } from './touched-log.js'

export interface ServerEvents {
  readonly ready: () => void
  readonly note: (line: string) => void
}

/** Milliseconds that what the project holds may be kept by the kernel, which counts in ticks: what the person changes is seen within a second. */
const lowerValidMs = 900

/** A part of all descriptors is for directories; the rest is for open files. */
const directoryShare = 0.5
const mostDirectories = 50_000

/** The steps of it that can fail carry their names, as those of the holder do. */
export class StartError extends Error {
  readonly step: string

  constructor(step: string, message: string) {
    super(message)
    this.step = step
  }
}

/** The overlay, and what is written along with it. */
export interface OpenOverlay {
  readonly core: OverlayFs
  close(): void
}

interface CoreOptions extends Partial<OverlayOptions> {
  /** Descriptors that the process may have. */
  readonly files: number
  readonly lowers: readonly Fd[]
}

/** @throws SystemError with the step `layers` */
export async function openOverlay(
  addon: Addon,
  ops: FileOps,
  plan: ServerPlan,
  events: ServerEvents,
  { files, ...options }: CoreOptions,
): Promise<OpenOverlay> {
  const layers = createLayerOps(addon)
  const touched = await openLog(ops, layers, plan, events)
  const core = createOverlay(layers, {
    upper: plan.upper === undefined ? undefined : ops.openRoot(plan.upper),
    work: plan.work === undefined ? undefined : ops.openRoot(plan.work),
    family: plan.family,
    readOnly: plan.upper === undefined || plan.flags.includes('ro'),
    privileged: plan.mountProgram === undefined,
    maxDirectories: Math.min(Math.floor(files * directoryShare), mostDirectories),
    lowerValidMs,
    onTouch: touched?.note,
    ...options,
  })
  if (typeof core === 'number') throw new SystemError('EIO', core, 'layers', undefined)
  return {
    core,
    close() {
      core.close()
      touched?.close()
    },
  }
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

/** Until the process ends, as nobody closes it. */
export function takeLock(ops: FileOps, lock: AbsPath): void {
  const at = lock.lastIndexOf('/')
  const dir = ops.openRoot(absPath(lock.slice(0, at + 1)))
  const name = nameOf(relPath(lock.slice(at + 1)))
  const fd = ops.stat(dir, name) === undefined ? ops.createFile(dir, name, 0o600) : ops.openFileForWriting(dir, name)
  ops.close(dir)
  if (!ops.flock(fd, 'exclusive')) throw new SystemError('EWOULDBLOCK', 11, 'lock', undefined)
}

/** No mount stays behind that nobody answers for. */
export function takeAway(system: FuseSystem, { target, mountProgram }: ServerPlan): void {
  if (mountProgram !== undefined) system.mountByHelper(mountProgram, ['-u', '-z', '--', target] as ByteString[])
  else system.unmount(target, true)
}

/** A session without an index only takes longer to judge. */
export function noteDirectories(
  addon: Addon,
  { lowers: [lower], index }: ServerPlan,
  { note }: ServerEvents,
): Promise<unknown> {
  if (index === undefined || lower === undefined) return Promise.resolve()
  return addon.runProgram(index.program, ['index'], encodeIndexPlan(lower, index)).then(
    ({ exitCode, stdout }) => exitCode === 0 || note(`index: ${stdout.toString('utf8').trim()}`),
    (error: unknown) => note(`index: ${error}`),
  )
}
