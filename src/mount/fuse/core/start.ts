import type { LayerOps } from '../../../os/layer-ops.js'
import { StatRow } from '../../../os/stat-row.js'
import { markName } from '../../../overlay-format/mark-names.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { Core, type CoreFacts } from './core.js'
import { emptyDirectory } from './empty-directory.js'
import { EEXIST } from './errno.js'
import type { OverlayOptions } from './overlay-fs.js'

/** Beside `work`, which is the kernel's own. */
const ownWork = 'fuse' as ByteString

/** Opens what the core needs besides its layers; an errno. */
export function startCore(ops: LayerOps, options: OverlayOptions): Core | number {
  const row = new StatRow()
  const top = options.upper ?? (options.lowers[0] as number)
  let failed = ops.stat(top, '' as ByteString, row)
  if (failed !== 0) return failed
  const { dev } = row
  const rootIno: [number, number] = [row.inoLow, row.inoHigh]
  const lowerTags: number[] = []
  const mounts: number[] = []
  for (const [layer, lower] of options.lowers.entries()) {
    failed = ops.stat(lower, '' as ByteString, row)
    if (failed !== 0) return failed
    lowerTags.push(row.dev === dev ? 0 : layer + 1)
    mounts.push(row.mountId)
  }
  const work = options.readOnly || options.upper === undefined ? -1 : openWork(ops, options)
  if (work < -1) return work
  const facts: CoreFacts = { work, lowerTags, mounts, rootOpaque: isRootOpaque(ops, options), rootIno }
  return new Core(ops, options, facts)
}

function isRootOpaque(ops: LayerOps, { upper, family }: OverlayOptions): boolean {
  if (upper === undefined) return false
  const value = Buffer.alloc(2)
  const length = ops.getXattr(upper, '' as ByteString, markName(family, 'opaque'), value)
  return length === 1 && value[0] === 0x79
}

/** Empty: what a server that was killed left half done is removed. */
function openWork(ops: LayerOps, { work }: OverlayOptions): number {
  if (work === undefined) return -1
  const made = ops.mkdir(work, ownWork, 0o700)
  if (made !== 0 && made !== EEXIST) return made
  const own = ops.openDir(work, ownWork)
  if (own >= 0) emptyDirectory(ops, own)
  return own
}
