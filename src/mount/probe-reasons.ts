import type { AbsPath } from '../paths/byte-string.js'
import { quoteName } from '../paths/quote-name.js'
import type { BackendName, Obstacle } from './backend.js'
import type { Refusal } from './holder-client.js'
import type { MachineFacts } from './machine-facts.js'

/** {@link Obstacle}, and whether something particular to the machine or the project is known to be the cause. */
export interface Explanation extends Obstacle {
  readonly understood: boolean
}

export interface RefusalFacts extends MachineFacts {
  /** Mount points below the lower directory. */
  readonly mountsBelow: readonly AbsPath[]
}

/**
 * Turns the step at which a backend failed, and what the machine is like, into a reason and the exact fix.
 * Rules in order of how sure they are; the last one only repeats what the kernel said.
 */
export function explainRefusal(backend: BackendName, refusal: Refusal, facts: RefusalFacts): Explanation {
  for (const rule of rulesOf(backend)) {
    const obstacle = rule(refusal, facts)
    if (obstacle !== undefined) return { ...obstacle, understood: true }
  }
  return { reason: saidByKernel(refusal), fix: undefined, understood: false }
}

/** The refusal in the kernel's own words. */
export function saidByKernel({ step, errno, message }: Refusal): string {
  const words = message.replace(/(^|; )[ewi] /g, '$1')
  return `${step} failed${errno === undefined ? '' : ` with ${errno}`}${words === '' ? '' : `: ${words}`}`
}

function rulesOf(backend: BackendName): readonly Rule[] {
  if (backend === 'fuse') return [noFuse, noAccount, seccompFilter]
  return [noNewMountApi, noOverlay, oldKernel, ...(backend === 'userns' ? namespaceRules : []), seccompFilter]
}

type Rule = (refusal: Refusal, facts: RefusalFacts) => Obstacle | undefined

const noNewMountApi: Rule = ({ step, errno }, { kernel }) =>
  step === 'fsopen' && errno === 'ENOSYS'
    ? { reason: `kernel ${kernel.text} has no fsopen(2)`, fix: 'Use Linux 5.11 or newer.' }
    : undefined

const noOverlay: Rule = ({ step, errno }, { overlay }) =>
  step === 'fsopen' && (errno === 'ENODEV' || !overlay)
    ? {
        reason: 'the kernel has no overlay file system loaded',
        fix: 'sudo modprobe overlay && echo overlay | sudo tee /etc/modules-load.d/overlay.conf',
      }
    : undefined

const noFuse: Rule = ({ step, errno }) =>
  (step === 'fsopen' || step === 'device') && (errno === 'ENODEV' || errno === 'ENXIO')
    ? { reason: 'the kernel has no FUSE', fix: 'sudo modprobe fuse' }
    : undefined

const noAccount: Rule = ({ step, message }) =>
  step === 'fusermount3' && message.includes('could not determine username')
    ? { reason: 'fusermount3 serves no user without an account', fix: 'Give this user id a name: `sudo useradd`.' }
    : undefined

/** `userxattr`, and overlay mounts in a user namespace, are of 5.11. */
const oldKernel: Rule = ({ step }, { kernel }) =>
  kernel.major * 1000 + kernel.minor < 5011 && ['option', 'create', 'fsopen'].includes(step)
    ? {
        reason: `kernel ${kernel.text} is too old: overlayfs with userxattr came with 5.11`,
        fix: 'Use Linux 5.11 or newer, or run as root.',
      }
    : undefined

const seccompFilter: Rule = ({ errno }, { seccomp }) =>
  seccomp && (errno === 'EPERM' || errno === 'ENOSYS')
    ? {
        reason: 'a seccomp filter forbids it, as container runtimes set one up',
        fix: 'Start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or run outside of it.',
      }
    : undefined

const noneAllowed: Rule = ({ step, errno }, { maxUserNamespaces }) =>
  step === 'unshare' && (errno === 'ENOSPC' || errno === 'EUSERS' || maxUserNamespaces === 0)
    ? {
        reason:
          maxUserNamespaces === 0
            ? 'user namespaces are turned off (user.max_user_namespaces is 0)'
            : `the limit of user namespaces is reached (user.max_user_namespaces is ${maxUserNamespaces ?? 'unknown'})`,
        fix: 'echo user.max_user_namespaces=15000 | sudo tee /etc/sysctl.d/60-user-namespaces.conf && sudo sysctl --system',
      }
    : undefined

const notForUsers: Rule = ({ step, errno }, { unprivilegedClone }) =>
  step === 'unshare' && errno === 'EPERM' && unprivilegedClone === 0
    ? {
        reason: 'only root may make user namespaces (kernel.unprivileged_userns_clone is 0)',
        fix: 'echo kernel.unprivileged_userns_clone=1 | sudo tee /etc/sysctl.d/60-user-namespaces.conf && sudo sysctl --system',
      }
    : undefined

const notBuilt: Rule = ({ step, errno }) =>
  step === 'unshare' && errno === 'EINVAL'
    ? {
        reason: 'the kernel is built without user namespaces (CONFIG_USER_NS)',
        fix: 'Use another kernel, or run as root.',
      }
    : undefined

/**
 * Ubuntu since 23.10 lets an unprivileged process make a user namespace, but without any capability in it, unless
 * an AppArmor profile with `userns,` covers the program.
 */
const restrictedByAppArmor: Rule = ({ errno }, { appArmorRestricts, holderProgram }) =>
  appArmorRestricts && (errno === 'EPERM' || errno === 'EACCES')
    ? {
        reason: 'AppArmor restricts user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1)',
        fix: `Install a profile: ${appArmorCommand(holderProgram)}`,
      }
    : undefined

function appArmorCommand(program: string): string {
  const profile = `abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile openagentic-holder "${program}" flags=(unconfined) {\\n  userns,\\n}\\n`
  return `printf '${profile}' | sudo tee /etc/apparmor.d/openagentic-holder >/dev/null && sudo apparmor_parser -r /etc/apparmor.d/openagentic-holder`
}

const notInHere: Rule = ({ step, errno }, { seccomp }) =>
  step === 'unshare' && errno === 'EPERM' && !seccomp
    ? {
        reason: 'the kernel does not let this process make a user namespace, as in a chroot or a container',
        fix: 'Run outside of it, or as root.',
      }
    : undefined

/** The kernel lets nobody but root see what lies below a mount point, and an overlay of the directory would show it. */
const mountedBelow: Rule = ({ step, errno }, { mountsBelow: [first] }) =>
  step === 'create' && errno === 'EINVAL' && first !== undefined
    ? {
        reason: `${quoteName(first)} is a mount point in the project, and no user namespace may show what that covers`,
        fix: `Unmount ${quoteName(first)}, or run as root.`,
      }
    : undefined

const namespaceRules: readonly Rule[] = [
  mountedBelow,
  noneAllowed,
  notForUsers,
  notBuilt,
  restrictedByAppArmor,
  notInHere,
]
