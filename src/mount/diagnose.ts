import type { Fd } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { removeTree } from '../os/remove-tree.js'
import { uniqueText } from '../os/unique-text.js'
import type { AbsPath } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { absPath, joinAbs } from '../paths/rel-path.js'
import type { BackendName, MountBackend, MountPlan, Obstacle } from './backend.js'
import { createBackends } from './backends.js'
import { fuseBackend } from './fuse/fuse-backend.js'
import { type MachineFacts, readMachineFacts } from './machine-facts.js'
import { familyOf } from './overlay-options.js'
import { explainRefusal } from './probe-reasons.js'
import { upperObstacle } from './upper-support.js'

export type ProbeResult = { readonly usable: true } | ({ readonly usable: false } & Obstacle)

export interface BackendReport {
  readonly backend: BackendName
  readonly result: ProbeResult
}

export interface Diagnosis {
  readonly facts: MachineFacts
  /** In the order in which `auto` tries them. Each was really tried. */
  readonly backends: readonly BackendReport[]
  /** The other binding of the backend `fuse`, which is used where that cannot speak the kernel's protocol. */
  readonly fuseNative: ProbeResult
  /** /dev/fuse is there and may be opened by us. */
  readonly devFuse: boolean
  /** The file system below the scratch directory shares extents between files. */
  readonly reflink: boolean
}

/**
 * What this machine can do. Tries each backend below `scratch`, an existing directory on a file system that can hold
 * an upper; nothing is left there.
 * @throws OverlayError `NATIVE_ADDON_MISSING`
 */
export async function diagnose(ports: Ports, scratch: AbsPath): Promise<Diagnosis> {
  const { ops } = ports
  const facts = readMachineFacts(ops, ports.holder.program)
  const parent = ops.openRoot(scratch)
  const name = bytesFromText(`openagentic-doctor-${uniqueText()}`)
  try {
    ops.mkdir(parent, name, 0o700)
    const plan = makePlan(ports, joinAbs(scratch, name))
    const backends: BackendReport[] = []
    for (const backend of createBackends(ports)) {
      backends.push({ backend: backend.name, result: await tryBackend(ports, backend, plan, facts) })
    }
    const fuseNative = await tryBackend(ports, fuseBackend(ports, 'fuse-native'), plan, facts)
    return { facts, backends, fuseNative, devFuse: canOpenFuse(ports, facts), reflink: canReflink(ports, plan) }
  } finally {
    removeTree(ops, parent, name)
    ops.close(parent)
  }
}

async function tryBackend(
  ports: Ports,
  backend: MountBackend,
  plan: MountPlan,
  facts: MachineFacts,
): Promise<ProbeResult> {
  const family = familyOf(backend.name)
  const impossible = backend.impossible() ?? layersObstacle(ports, plan, family)
  if (impossible !== undefined) return { usable: false, ...impossible }
  const refusal = await backend.probe({ ...plan, family })
  return refusal === undefined
    ? { usable: true }
    : { usable: false, ...explainRefusal(backend.name, refusal, { ...facts, mountsBelow: [] }) }
}

function makePlan({ ops }: Ports, home: AbsPath): MountPlan {
  const dir = ops.openRoot(home)
  const parts = ['lower', 'upper', 'work', 'merged']
  for (const part of parts) ops.mkdir(dir, bytesFromText(part), 0o700)
  ops.close(dir)
  const [lower, upper, work, merged] = parts.map((part) => joinAbs(home, part)) as [AbsPath, AbsPath, AbsPath, AbsPath]
  return { family: 'user', lower, upper, work, shadow: merged, lock: undefined, title: 'doctor' }
}

function layersObstacle({ ops }: Ports, { upper }: MountPlan, family: MountPlan['family']): Obstacle | undefined {
  const layers = ops.openRoot(absPath(`${upper}/..`))
  try {
    const reason = upperObstacle(ops, layers, family)
    return reason === undefined ? undefined : { reason: `it could not be tried: ${reason}`, fix: undefined }
  } finally {
    ops.close(layers)
  }
}

function canOpenFuse({ ops }: Ports, { uid }: MachineFacts): boolean {
  const dev = ops.openRoot(absPath('/dev'))
  try {
    const stat = ops.stat(dev, bytesFromText('fuse'))
    return stat?.type === 'char' && (uid === 0 || (stat.mode & 0o006) === 0o006)
  } finally {
    ops.close(dev)
  }
}

function canReflink({ ops }: Ports, { lower }: MountPlan): boolean {
  const dir = ops.openRoot(lower)
  const files: Fd[] = []
  try {
    const [from, to] = ['from', 'to'].map((name) => {
      const fd = ops.createFile(dir, bytesFromText(name), 0o600)
      files.push(fd)
      return fd
    }) as [Fd, Fd]
    ops.write(from, new Uint8Array(4096), 0)
    return ops.cloneContent(from, to)
  } finally {
    for (const fd of [...files, dir]) ops.close(fd)
  }
}
