import type { FuseHost } from '../../os/fuse-host.js'
import type { AbsPath, ByteString } from '../../paths/byte-string.js'
import { bytesFromText } from '../../paths/bytes.js'
import { askHolder } from '../holder-client.js'
import { saidByKernel } from '../probe-reasons.js'
import { parseMountOptions } from './mount-options.js'
import type { ServerPlan } from './server-plan.js'

/** Exit statuses of mount(8). */
const [done, usage, failed] = [0, 1, 32]

export interface MountOutcome {
  readonly status: number
  /** For standard error; empty when all went well. */
  readonly message: string
}

export interface Caller {
  readonly isRoot: boolean
  /** Working directory. */
  readonly cwd: ByteString
}

/**
 * mount(8)'s helper for the type `fuse.openagentic-overlay`: `SOURCE TARGET [-sfnvw] [-r] [-t TYPE] [-o OPTIONS]`. It comes back when the mount is there, and a
 * server stays.
 */
export async function mountCommand(fuse: FuseHost, args: readonly string[], caller: Caller): Promise<MountOutcome> {
  const places: string[] = []
  const options: string[] = []
  const rest = args.values()
  for (const arg of rest) {
    if (arg === '-o') options.push(rest.next().value ?? '')
    else if (arg === '-t') rest.next()
    else if (arg === '-r') options.push('ro')
    else if (/^-[sfnvw]+$/.test(arg)) {
      if (arg.includes('f')) return { status: done, message: '' }
    } else places.push(arg)
  }
  const [source, target] = places
  if (source === undefined || target === undefined || places.length > 2) {
    return {
      status: usage,
      message: 'usage: mount.fuse.openagentic-overlay SOURCE DIRECTORY -o lowerdir=…[,upperdir=…,workdir=…]',
    }
  }
  const asked = parseMountOptions(bytesFromText(options.join(',')), caller.isRoot)
  if (typeof asked === 'string') return { status: usage, message: asked }
  const at = (path: ByteString): AbsPath => (path.startsWith('/') ? path : `${caller.cwd}/${path}`) as AbsPath
  const plan: ServerPlan = {
    binding: 'kernel',
    family: asked.family,
    lowers: asked.lowers.map(at),
    upper: asked.upper === undefined ? undefined : at(asked.upper),
    work: asked.work === undefined ? undefined : at(asked.work),
    source: bytesFromText(source),
    flags: caller.isRoot ? asked.flags : [...new Set([...asked.flags, 'nosuid', 'nodev'])],
    target: at(bytesFromText(target)),
    lock: undefined,
    log: undefined,
    record: undefined,
    title: 'mount',
    mountProgram: caller.isRoot ? undefined : fuse.mountProgram(),
    index: undefined,
    packageDir: fuse.packageDir,
  }
  const answer = await askHolder(fuse.server, [], Buffer.from(JSON.stringify(plan)))
  return answer.ok ? { status: done, message: '' } : { status: failed, message: saidByKernel(answer) }
}
