import { systemPorts } from '../../src/os/system-ports.js'
import {
  Crash,
  createFindings,
  failureOf,
  most,
  mustBeExplained,
  mustBeTidy,
  type Subject,
  type Trial,
} from './crash-points.js'
import { watchedOps } from './faulty-ops.js'
import { mustBeOldOrNew } from './tree-oracle.js'

/** Of a file system whose size can be set. */
export interface Room {
  /** Leaves so much of it free: bytes or inodes. */
  leave(amount: number): void
  /** Gives plenty. */
  lift(): void
}

export interface RoomTrial extends Trial {
  readonly room: Room
}

const { ops } = systemPorts()

/**
 * Leaves more and more room, from none to where all goes well. What fails says so with its path, and ends old or new, by itself or by a
 * recovery that has no more room; with room again the work can be done.
 */
export async function sweepRoom(
  trial: RoomTrial & { readonly step: number },
): Promise<{ failed: number; late: number }> {
  const { prepare, tried, room, step } = trial
  const findings = createFindings()
  let subject: Subject | undefined
  let [failed, late] = [0, 0]
  // More room after the first success may be the way to another failure.
  for (let [time, well] = [0, 0]; well < 3; time += 1) {
    if (time === most) throw new Error(`expected it to go well with room for ${most * step}`)
    const now = subject ?? (await prepare())
    subject = undefined
    room.leave(time * step)
    const failure = await failureOf(() => now.run(ops))
    tried.errors += 1
    well = failure === undefined ? well + 1 : 0
    if (failure !== undefined) failed += 1
    await findings.of(`with room for ${time * step}`, async () => {
      if (failure !== undefined) mustBeExplained(failure)
      const end = await comeToAnEnd(now, room)
      if (end.late) late += 1
      if (failure === undefined && end.is === 'old') throw new Error('it came through, but the tree is the old one')
      if (end.is === 'old' && time % 10 !== 0) subject = now
      else await now.goOn?.(end.is)
    })
    room.lift()
  }
  findings.report()
  return { failed, late }
}

/** Is killed at every n-th call, and recovered from with no room at all. */
export async function recoverWithoutRoom(trial: RoomTrial): Promise<{ killed: number; late: number }> {
  const { prepare, tried, room, every = 1 } = trial
  const findings = createFindings()
  let [killed, late] = [0, 0]
  for (let at = 1; at < most; at += every) {
    const subject = await prepare()
    const faults = watchedOps(ops, (call) => {
      if (call >= at) throw new Crash(`killed before call ${at}`)
    })
    const failure = await failureOf(() => subject.run(faults.ops))
    if (faults.count() < at) {
      if (failure !== undefined) findings.add('at the end', failure)
      findings.report()
      return { killed, late }
    }
    tried.crashes += 1
    killed += 1
    room.leave(0)
    await findings.of(`killed before call ${at}`, async () => {
      const end = await comeToAnEnd(subject, room)
      if (end.late) late += 1
      await subject.goOn?.(end.is)
    })
    room.lift()
  }
  throw new Error(`expected no more than ${most} calls`)
}

/** Recovers in what room there is, then in plenty; `late` if the first was not enough. */
async function comeToAnEnd(subject: Subject, room: Room): Promise<{ is: 'old' | 'new'; late: boolean }> {
  const late = await failureOf(() => subject.recover(ops))
  if (late === undefined) mustBeOldOrNew(subject.tree(), subject)
  else mustBeExplained(late)
  room.lift()
  await subject.recover(ops)
  const is = mustBeOldOrNew(subject.tree(), subject)
  mustBeTidy(subject, is)
  return { is, late: late !== undefined }
}
