import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type EntryOut, entryOut, type OpenOut } from '../../src/mount/fuse/core/answers.js'
import type { OverlayFs, OverlayOptions } from '../../src/mount/fuse/core/overlay-fs.js'
import type { LayerOps } from '../../src/os/layer-ops.js'
import type { MarkFamily } from '../../src/overlay-format/mark-names.js'
import type { ByteString } from '../../src/paths/byte-string.js'
import { type CoreBed, coreBed } from './core-bed.js'
import { coreCalls } from './core-calls.js'
import type { PathCalls } from './path-calls.js'
import { fillBase } from './path-steps.js'
import { plainCalls } from './plain-calls.js'

/** An overlay over the tree of {@link fillBase}, with ways to use it by path. */
export interface CoreSession {
  readonly bed: CoreBed
  readonly core: OverlayFs
  readonly merged: PathCalls
  /** The project, and the upper, as they are on disk. */
  readonly lower: PathCalls
  readonly upper: PathCalls
  readonly out: EntryOut
  /** Looks a path up; its node stays known. */
  node(path: string): number
  open(path: string, flags: number): number
  read(fh: number): string
  write(fh: number, offset: number, data: string): number
}

export const context = { uid: 0, gid: 0, pid: 1, umask: 0o022 }

export function coreSession(
  options: Partial<OverlayOptions> = {},
  family: MarkFamily = 'trusted',
  wrap: (ops: LayerOps) => LayerOps = (ops) => ops,
): CoreSession {
  const top = mkdtempSync(join(tmpdir(), 'oa-core-'))
  const bed = coreBed(join(top, 'bed'), family)
  const lower = plainCalls(bed.layers, bed.lower)
  fillBase(lower)
  const core = bed.start(options, wrap(bed.layers))
  onTestFinished(() => {
    core.close()
    bed.close()
    rmSync(top, { recursive: true, force: true })
  })
  const out = entryOut()
  const opened: OpenOut = { fh: -1, keepCache: false }
  const buffer = Buffer.alloc(1 << 20)
  const node = (path: string): number => {
    let at = 1
    for (const name of path.split('/').filter((part) => part !== '')) {
      const failed = core.lookup(at, name as ByteString, out)
      if (failed !== 0 || out.nodeid === 0) throw new Error(`no ${path}: ${failed}`)
      at = out.nodeid
    }
    return at
  }
  return {
    bed,
    core,
    lower,
    upper: plainCalls(bed.layers, bed.upper),
    merged: coreCalls(core, context),
    out,
    node,
    open(path, flags) {
      const failed = core.open(node(path), flags, opened)
      return failed === 0 ? opened.fh : failed
    },
    read(fh) {
      const length = core.read(fh, 0, buffer)
      return length < 0 ? String(length) : buffer.toString('latin1', 0, length)
    },
    write: (fh, offset, data) => core.write(fh, offset, Buffer.from(data, 'latin1')),
  }
}
