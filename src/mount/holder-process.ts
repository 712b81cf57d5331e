import { setTimeout as sleep } from 'node:timers/promises'
import { OverlayError } from '../errors/overlay-error.js'
import type { HelperProgram } from '../os/helper-program.js'
import type { Machine } from '../os/machine.js'
import { uptime } from '../os/uptime.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { bufferFromBytes } from '../paths/bytes.js'
import type { Attachment, DetachOutcome, MountPlan, ProcessIdentity } from './backend.js'
import { askHolder, type Refusal } from './holder-client.js'
import { encodeHolderPlan, type HolderPlan } from './holder-plan.js'

/** Milliseconds that a holder gets to end by itself, and between two looks. */
const patience = 3_000
const pause = 2

/** Mounts by a holder that stays; what it could not do, if it could not. */
export async function startHolder(
  holder: HelperProgram,
  machine: Machine,
  plan: HolderPlan,
): Promise<ProcessIdentity | Refusal> {
  const answer = await askHolder(holder, ['mount', plan.title], encodeHolderPlan(plan))
  if (!answer.ok) return answer
  const startTime = machine.processStart(answer.pid)
  if (startTime !== undefined) return { pid: answer.pid, startTime }
  throw new OverlayError(
    'MOUNT_FAILED',
    `Expected the holder of the mount, process ${answer.pid}, to run: it has ended`,
    {
      hint: 'Mount again; if it ends again, the kernel log (`dmesg`) may say what ends it.',
    },
  )
}

export function isRefusal(outcome: ProcessIdentity | Refusal): outcome is Refusal {
  return 'step' in outcome
}

/** Mounts, writes, unmounts; what could not be done, if anything. */
export async function probeByHolder(holder: HelperProgram, plan: HolderPlan): Promise<Refusal | undefined> {
  const answer = await askHolder(holder, ['probe'], encodeHolderPlan({ ...plan, lock: undefined }))
  return answer.ok ? undefined : answer
}

/** Keeps the lock of a mount that has lost its holder. */
export async function startKeeper(
  holder: HelperProgram,
  machine: Machine,
  plan: Pick<MountPlan, 'lock' | 'title'>,
): Promise<ProcessIdentity | Refusal> {
  const input = bufferFromBytes(`lock=${plan.lock}\0` as ByteString)
  const answer = await askHolder(holder, ['keep', plan.title], input)
  if (!answer.ok) return answer
  return { pid: answer.pid, startTime: machine.processStart(answer.pid) ?? 0n }
}

/** Unmounts in the holder's namespaces and ends it. */
export async function stopHolder(
  holder: HelperProgram,
  machine: Machine,
  { holder: process, mountPoint }: Attachment,
): Promise<DetachOutcome> {
  const refusal = await unmountBy(holder, process, mountPoint)
  if (refusal !== undefined) return { detached: false, refusal }
  if (process !== undefined) await endProcess(machine, process)
  return { detached: true }
}

/** Ends a holder, whatever it still has mounted, and waits until it is gone. */
export async function endProcess(machine: Machine, process: ProcessIdentity): Promise<void> {
  const hasEnded = (): boolean => machine.processStart(process.pid) !== process.startTime
  if (hasEnded()) return
  machine.signal(process.pid, 'SIGTERM')
  const until = uptime() + patience
  for (let killed = false; !hasEnded(); ) {
    if (!killed && uptime() > until) killed = machine.signal(process.pid, 'SIGKILL')
    await sleep(pause)
  }
}

async function unmountBy(
  holder: HelperProgram,
  process: ProcessIdentity | undefined,
  mountPoint: AbsPath,
): Promise<Refusal | undefined> {
  const of =
    process === undefined ? [`${globalThis.process.pid}`] : [`${process.pid}`, '--start', `${process.startTime}`]
  const answer = await askHolder(holder, ['unmount', '--pid', ...of], bufferFromBytes(mountPoint))
  if (answer.ok) return undefined
  // Nothing is mounted there any more, or the holder has just died.
  const isGone = (answer.step === 'unmount' && answer.errno === 'EINVAL') || answer.step === 'process'
  return isGone ? undefined : answer
}
