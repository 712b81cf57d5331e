import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../../src/mount/holder-client.js'
import { parseKernelVersion } from '../../../src/mount/machine-facts.js'
import { explainRefusal, type RefusalFacts } from '../../../src/mount/probe-reasons.js'
import type { AbsPath } from '../../../src/paths/byte-string.js'

const machine: RefusalFacts = {
  uid: 1000,
  gid: 1000,
  capSysAdmin: false,
  initialUserNamespace: true,
  seccomp: false,
  kernel: parseKernelVersion('6.18.0'),
  overlay: true,
  maxUserNamespaces: 1000,
  unprivilegedClone: undefined,
  appArmorRestricts: false,
  holderProgram: '/opt/openagentic-holder',
  mountsBelow: [],
}

function refused(step: string, errno: string | undefined, message = ''): Refusal {
  return { step, errno, message }
}

describe('a plain user’s refusal is explained', () => {
  test.for([
    [
      'no user namespaces',
      refused('unshare', 'ENOSPC'),
      { maxUserNamespaces: 0 },
      /user.max_user_namespaces is 0/,
      /user.max_user_namespaces=15000/,
    ],
    [
      'all in use',
      refused('unshare', 'ENOSPC'),
      {},
      /limit of user namespaces is reached \(user.max_user_namespaces is 1000\)/,
      /sysctl/,
    ],
    [
      'Debian’s switch',
      refused('unshare', 'EPERM'),
      { unprivilegedClone: 0 },
      /unprivileged_userns_clone is 0/,
      /kernel.unprivileged_userns_clone=1/,
    ],
    [
      'Ubuntu’s AppArmor',
      refused('uid_map', 'EPERM'),
      { appArmorRestricts: true },
      /apparmor_restrict_unprivileged_userns is 1/,
      /profile openagentic-holder "\/opt\/openagentic-holder" flags=\(unconfined\)/,
    ],
    [
      'AppArmor, at a later step',
      refused('fsopen', 'EACCES'),
      { appArmorRestricts: true },
      /AppArmor/,
      /apparmor_parser -r/,
    ],
    ['no CONFIG_USER_NS', refused('unshare', 'EINVAL'), {}, /CONFIG_USER_NS/, /another kernel/],
    ['a container', refused('unshare', 'EPERM'), { seccomp: true }, /seccomp/, /seccomp=unconfined/],
    ['a chroot', refused('unshare', 'EPERM'), {}, /chroot or a container/, /outside/],
    ['no module', refused('fsopen', 'ENODEV'), { overlay: false }, /no overlay file system/, /modprobe overlay/],
    [
      'no mount API',
      refused('fsopen', 'ENOSYS'),
      { kernel: parseKernelVersion('5.1.2-x') },
      /kernel 5.1.2-x has no fsopen/,
      /5.11/,
    ],
    [
      'an old kernel',
      refused('create', 'EPERM'),
      { kernel: parseKernelVersion('5.10.0-28-amd64') },
      /5.10.0-28-amd64 is too old/,
      /5.11 or newer/,
    ],
    [
      'a mount in the project',
      refused('create', 'EINVAL'),
      { mountsBelow: ['/p/data' as AbsPath] },
      /\/p\/data is a mount point in the project/,
      /Unmount \/p\/data/,
    ],
  ] as const)('%s', ([, refusal, facts, reason, fix]) => {
    const explained = explainRefusal('userns', refusal, { ...machine, ...facts })
    expect(explained.reason).toMatch(reason)
    expect(explained.fix).toMatch(fix)
    expect(explained.understood).toBe(true)
  })
})

test('what no rule knows is said in the kernel’s words', () => {
  const refusal = refused('create', 'EINVAL', 'e overlay: upper fs missing required features.; w second')
  expect(explainRefusal('kernel', refusal, machine)).toEqual({
    reason: 'create failed with EINVAL: overlay: upper fs missing required features.; second',
    fix: undefined,
    understood: false,
  })
})

test('root is not told about user namespaces', () => {
  expect(
    explainRefusal('kernel', refused('create', 'EINVAL'), { ...machine, mountsBelow: ['/p/x' as AbsPath] }).understood,
  ).toBe(false)
})

describe('a refusal of FUSE is explained', () => {
  test.for([
    [
      'no account',
      refused('fusermount3', undefined, 'fusermount3: could not determine username'),
      /without an account/,
    ],
    ['no module', refused('device', 'ENODEV'), /kernel has no FUSE/],
    ['anything else', refused('fusermount3', undefined, 'fusermount3: too many mounts'), /too many mounts/],
  ] as const)('%s', ([, refusal, reason]) => {
    // What is said of overlayfs has nothing to do with it.
    const old = { ...machine, kernel: parseKernelVersion('5.4.0'), overlay: false }
    expect(explainRefusal('fuse', refusal, old).reason).toMatch(reason)
  })
})
