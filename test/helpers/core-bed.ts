import { mkdirSync, rmSync } from 'node:fs'
import { createOverlay } from '../../src/mount/fuse/core/create-overlay.js'
import type { OverlayFs, OverlayOptions } from '../../src/mount/fuse/core/overlay-fs.js'
import type { FileOps } from '../../src/os/file-ops.js'
import { createLayerOps, type LayerOps } from '../../src/os/layer-ops.js'
import { loadAddon } from '../../src/os/load-addon.js'
import { createFileOps } from '../../src/os/native-file-ops.js'
import type { MarkFamily } from '../../src/overlay-format/mark-names.js'
import type { AbsPath } from '../../src/paths/byte-string.js'

/** Directories for an overlay below `dir`: lower, upper, work, merged. */
export interface CoreBed {
  readonly files: FileOps
  readonly layers: LayerOps
  readonly lower: string
  readonly upper: string
  readonly work: string
  readonly merged: string
  /** The overlay of them, as if they were mounted afresh. */
  start(options?: Partial<OverlayOptions>, ops?: LayerOps): OverlayFs
  close(): void
}

export function coreBed(dir: string, family: MarkFamily): CoreBed {
  const addon = loadAddon()
  const files = createFileOps(addon)
  const layers = createLayerOps(addon)
  const dirs = { lower: `${dir}/lower`, upper: `${dir}/upper`, work: `${dir}/work`, merged: `${dir}/merged` }
  for (const each of [dir, ...Object.values(dirs)]) mkdirSync(each)
  const fds = [dirs.lower, dirs.upper, dirs.work].map((path) => files.openRoot(path as AbsPath))
  const [lower, upper, work] = fds as [number, number, number]
  return {
    ...dirs,
    files,
    layers,
    start(options = {}, ops = layers) {
      const core = createOverlay(ops, {
        lowers: [lower],
        upper,
        work,
        family,
        readOnly: false,
        privileged: process.getuid?.() === 0,
        maxDirectories: 8,
        lowerValidMs: 1000,
        ...options,
      })
      if (typeof core === 'number') throw new Error(`no core: ${core}`)
      return core
    },
    close() {
      for (const fd of fds) files.close(fd)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
