import type { FileOps } from '../../src/os/file-ops.js'
import { SystemError } from '../../src/os/system-error.js'
import { systemPorts } from '../../src/os/system-ports.js'
import { createFindings, failureOf, most, mustBeExplained, mustBeTidy, type Trial } from './crash-points.js'
import { type Faults, watchedOps } from './faulty-ops.js'
import { mustBeOldOrNew } from './tree-oracle.js'

/** Calls that take space or an inode. */
const taking: ReadonlySet<keyof FileOps> = new Set([
  'createFile',
  'write',
  'cloneContent',
  'copyContent',
  'mkdir',
  'symlink',
  'mknod',
  'link',
  'setXattr',
])

/** A disk that is full from call `at` on: whatever takes space fails from there, all else goes on. */
function fullOps(real: FileOps, at: number): Faults {
  return watchedOps(real, (call, name) => {
    if (call >= at && taking.has(name)) throw new SystemError('ENOSPC', 28, name, 'injected')
  })
}

/**
 * Has the disk become full at each state-changing call in turn, and stay so. What was done ends old or new by itself or by the recovery
 * after space was made; until then nothing of the tree is lost.
 * @returns how often it took a recovery with space to come to an end
 */
export async function fullEverywhere({ prepare, tried }: Trial): Promise<{ failed: number; late: number }> {
  const { ops } = systemPorts()
  const findings = createFindings()
  let [failed, late] = [0, 0]
  for (let at = 1; at < most; at += 1) {
    const subject = await prepare()
    const faults = fullOps(ops, at)
    const failure = await failureOf(() => subject.run(faults.ops))
    if (faults.count() < at) {
      findings.report()
      return { failed, late }
    }
    tried.errors += 1
    await findings.of(`full from call ${at}`, async () => {
      if (failure !== undefined) {
        failed += 1
        mustBeExplained(failure)
      }
      if ((await failureOf(() => subject.recover(fullOps(ops, 1).ops))) !== undefined) late += 1
      await subject.recover(ops)
      const is = mustBeOldOrNew(subject.tree(), subject)
      mustBeTidy(subject, is)
      if (failure === undefined && is === 'old') throw new Error('it came through, but the tree is the old one')
      await subject.goOn?.(is)
    })
  }
  throw new Error(`expected no more than ${most} calls`)
}
