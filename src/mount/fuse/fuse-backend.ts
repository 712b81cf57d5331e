import type { FuseHost } from '../../os/fuse-host.js'
import { isRoot } from '../../os/is-root.js'
import type { Ports } from '../../os/ports.js'
import { SystemError } from '../../os/system-error.js'
import type { AbsPath, ByteString } from '../../paths/byte-string.js'
import { absPath } from '../../paths/rel-path.js'
import type {
  Attachment,
  AttachOutcome,
  DetachOutcome,
  MountBackend,
  MountPlan,
  Obstacle,
  ProcessIdentity,
} from '../backend.js'
import { askHolder, type Refusal } from '../holder-client.js'
import { endProcess } from '../holder-process.js'
import { mountSource } from '../mount-source.js'
import { saidByKernel } from '../probe-reasons.js'
import { hasInitialSysAdmin, readProcessFacts } from '../process-facts.js'
import { makeShadowDir, removeShadow } from '../shadow.js'
import type { FuseBinding, ServerPlan } from './server-plan.js'

/** The log of a server, in its session's directory. */
const logName = 'fuse.log'

/**
 * An overlay file system in a process of its own, behind /dev/fuse, mounted at the shadow path. Without a `binding` the kernel's protocol is
 * tried, and fuse-native where only that can mount.
 */
export function fuseBackend(ports: Ports, binding?: FuseBinding): MountBackend {
  const { ops, fuse } = ports
  return {
    name: 'fuse',
    impossible: () => obstacleOf(fuse, binding ?? 'kernel'),
    servesTrusted: () => hasInitialSysAdmin(readProcessFacts(ops)),
    async probe(plan) {
      const outcome = await start(ports, binding ?? 'kernel', { ...plan, lock: undefined, index: undefined })
      if ('step' in outcome) return outcome
      try {
        writeThrough(ports, plan)
        return undefined
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        return { step: error.syscall, errno: error.code, message: '' }
      } finally {
        await stop(ports, { backend: 'fuse', holder: outcome, mountPoint: plan.shadow })
      }
    },
    async attach(plan) {
      makeShadowDir(ops, plan.shadow)
      const first = await start(ports, binding ?? 'kernel', plan)
      if (!('step' in first)) return attached(first, plan, binding === 'fuse-native' ? [libraryLimits] : [])
      if (binding === undefined && mountSteps.has(first.step) && obstacleOf(fuse, 'fuse-native') === undefined) {
        const second = await start(ports, 'fuse-native', plan)
        const why = `by fuse-native, as the kernel's protocol cannot be used: ${saidByKernel(first)}`
        if (!('step' in second)) return attached(second, plan, [why, libraryLimits])
      }
      removeShadow(ops, plan.shadow)
      return { attached: false, refusal: first }
    },
    async detach(attachment, plan) {
      const outcome = await stop(ports, attachment)
      if (outcome.detached) removeShadow(ops, plan.shadow)
      return outcome
    },
  }
}

/** Where libfuse may get further, as it mounts by mount(2) and by a program of its own: the mount API, the program, and what hands the device over. */
const mountSteps: ReadonlySet<string> = new Set([
  'fsopen',
  'source',
  'fd',
  'option',
  'create',
  'fsmount',
  'move_mount',
  'socketpair',
  'fcntl',
  'recvmsg',
  'fusermount3',
])

const libraryLimits =
  'fuse-native cannot set times (`touch` and `cp -p` fail, and `tar -x` leaves the present time without a word), make hard links, or show names that are not UTF-8 (docs/fuse.md)'

function attached(holder: ProcessIdentity, { shadow }: MountPlan, limits: readonly string[]): AttachOutcome {
  return { attached: true, attachment: { backend: 'fuse', holder, mountPoint: shadow }, limits }
}

function obstacleOf(fuse: FuseHost, binding: FuseBinding): Obstacle | undefined {
  switch (fuse.device()) {
    case 'missing':
      return {
        reason: 'there is no /dev/fuse',
        fix: 'sudo modprobe fuse; in a container, start it with `--device /dev/fuse`',
      }
    case 'closed':
      return { reason: '/dev/fuse is not ours to open', fix: 'sudo chmod 666 /dev/fuse' }
    default:
      return (binding === 'fuse-native' ? libraryObstacle(fuse) : undefined) ?? programObstacle(fuse)
  }
}

function libraryObstacle({ library }: FuseHost): Obstacle | undefined {
  if (library() !== undefined) return undefined
  return { reason: 'the package fuse-native is not installed', fix: 'npm install fuse-native' }
}

function programObstacle({ mountProgram }: FuseHost): Obstacle | undefined {
  if (isRoot() || mountProgram() !== undefined) return undefined
  return {
    reason: 'fusermount3 is not installed, which mounts for a plain user',
    fix: 'sudo apt-get install fuse3',
  }
}

async function start(ports: Ports, binding: FuseBinding, plan: MountPlan): Promise<ProcessIdentity | Refusal> {
  const { fuse, machine, holder } = ports
  const { family, lower, upper, work, lock, title, index } = plan
  const record = lock && absPath(lock.slice(0, lock.lastIndexOf('/')) as ByteString)
  const told: ServerPlan = {
    binding,
    ...{ family, lowers: [lower], upper, work, lock, title },
    source: mountSource,
    // A setuid file or a device node of the session must not work for whoever can reach merged.
    flags: ['nosuid', 'nodev'],
    target: plan.shadow,
    log: record && absPath(`${record}/${logName}` as ByteString),
    record,
    mountProgram: isRoot() ? undefined : fuse.mountProgram(),
    index: index === undefined ? undefined : { ...index, program: holder.program },
    packageDir: fuse.packageDir,
  }
  const answer = await askHolder(fuse.server, [], Buffer.from(JSON.stringify(told)))
  if (!answer.ok) return answer
  return { pid: answer.pid, startTime: machine.processStart(answer.pid) ?? 0n }
}

async function stop({ fuse, machine }: Ports, attachment: Attachment): Promise<DetachOutcome> {
  const { holder, mountPoint } = attachment
  const failure = fuse.unmount(mountPoint, false)
  // EINVAL: nothing is mounted there any more.
  if (failure !== undefined && failure.errno !== 'EINVAL') {
    return { detached: false, refusal: { step: 'unmount', ...failure } }
  }
  if (holder !== undefined) await endProcess(machine, holder)
  return { detached: true }
}

/** A file that is written in the mount is one of the upper. */
function writeThrough({ ops }: Ports, { shadow, upper }: MountPlan): void {
  const name = 'probe' as ByteString
  const inDir = (path: AbsPath, use: (dir: number) => void): void => {
    const dir = ops.openRoot(path)
    try {
      use(dir)
    } finally {
      ops.close(dir)
    }
  }
  inDir(shadow, (dir) => {
    const fd = ops.createFile(dir, name, 0o600)
    ops.write(fd, Buffer.from('probe'), 0)
    ops.close(fd)
  })
  inDir(upper, (dir) => ops.readFile(dir, name))
  inDir(shadow, (dir) => ops.unlink(dir, name))
}
