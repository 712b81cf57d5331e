import { expect, test } from 'vitest'
import type { AttachOutcome, BackendName, MountBackend, MountPlan } from '../../../src/mount/backend.js'
import { type Attempt, attachFirst, isAboutLayers, noBackend } from '../../../src/mount/choose-backend.js'
import { encodeHolderPlan } from '../../../src/mount/holder-plan.js'
import type { AbsPath, RelPath } from '../../../src/paths/byte-string.js'

const plan = { lower: '/l', upper: '/u', work: '/w', shadow: '/s', lock: '/k', title: 'one' } as Omit<
  MountPlan,
  'family'
>

test('auto takes the first that can, and keeps why the others did not', async () => {
  const asked: string[] = []
  const backends = [fake('kernel', 'impossible', asked), fake('userns', 'mounts', asked), fake('fuse', 'mounts', asked)]
  const outcome = await attachFirst(attempt({ backends }))
  expect(outcome.attachment?.backend).toBe('userns')
  expect(outcome.rejected).toMatchObject([
    { backend: 'kernel', reason: 'not for you', fix: 'be root', refusal: undefined },
  ])
  expect(asked).toEqual(['userns user'])
})

test('a wish is a wish: no other is tried', async () => {
  const asked: string[] = []
  const backends = [fake('kernel', 'mounts', asked), fake('userns', 'refuses', asked)]
  const outcome = await attachFirst(attempt({ backends, wish: 'userns' }))
  expect(outcome).toMatchObject({ attachment: undefined, rejected: [{ backend: 'userns', reason: 'because' }] })
  expect(asked).toEqual(['userns user'])
  const error = noBackend('userns', outcome.rejected)
  expect(error).toMatchObject({ code: 'MOUNT_UNAVAILABLE', hint: 'mend it' })
  expect(error.message).toMatch(/the backend userns to work here. userns: because/)
})

test('a new session gets the family of its backend, another keeps its own', async () => {
  const asked: string[] = []
  const backends = [fake('kernel', 'mounts', asked)]
  await attachFirst(attempt({ backends }))
  await attachFirst(attempt({ backends, family: 'user' }))
  expect(asked).toEqual(['kernel trusted', 'kernel user'])
})

test('root’s session is for the kernel backend alone', async () => {
  const asked: string[] = []
  const outcome = await attachFirst(attempt({ backends: [fake('userns', 'mounts', asked)], family: 'trusted' }))
  expect(outcome.rejected).toMatchObject([{ reason: expect.stringMatching(/root made the session/) }])
  expect(asked).toEqual([])
})

test('redirects of a plain user’s session are for the fuse backend alone', async () => {
  const asked: string[] = []
  const backends = (['kernel', 'userns', 'fuse'] as const).map((name) => fake(name, 'mounts', asked))
  const outcome = await attachFirst(attempt({ backends, family: 'user', redirect: 'new/dir' as RelPath }))
  expect(outcome.attachment?.backend).toBe('fuse')
  expect(outcome.rejected.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/new\/dir/),
    expect.stringMatching(/new\/dir/),
  ])
})

test('a lock that is taken ends the search', async () => {
  const backends = [fake('kernel', 'locked', []), fake('userns', 'mounts', [])]
  await expect(attachFirst(attempt({ backends }))).rejects.toMatchObject({ code: 'SESSION_BUSY' })
})

test('another place is worth a try only where the layers may be the trouble', () => {
  const rejected = { backend: 'userns', reason: '', fix: undefined, understood: false } as const
  const at = (step: string, errno: string): boolean =>
    isAboutLayers({ ...rejected, refusal: { step, errno, message: '' } })
  expect([at('create', 'EINVAL'), at('upperdir', 'EINVAL'), at('create', 'EPERM'), at('unshare', 'EINVAL')]).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(
    isAboutLayers({ ...rejected, understood: true, refusal: { step: 'create', errno: 'EINVAL', message: '' } }),
  ).toBe(false)
  expect(isAboutLayers({ ...rejected, refusal: undefined })).toBe(false)
})

test.for([
  ['trusted', ['option=redirect_dir=on', 'option=metacopy=on', 'option=index=off']],
  ['user', ['option=userxattr', 'option=index=off']],
] as const)('the plan of a %s session, as the holder reads it', ([family, options]) => {
  const full = { ...plan, family, lower: '/a=b\xff\n' as AbsPath, userns: true, target: '/t' as AbsPath }
  const records = Buffer.from(encodeHolderPlan(full)).toString('latin1').split('\0')
  expect(records).toEqual([
    'userns=1',
    'lower=/a=b\xff\n',
    'upper=/u',
    'work=/w',
    'target=/t',
    'source=openagentic-overlay',
    ...options,
    'flag=nosuid',
    'flag=nodev',
    'lock=/k',
    '',
  ])
})

function attempt(more: Partial<Attempt>): Attempt {
  const explain = (): ReturnType<Attempt['explain']> => ({ reason: 'because', fix: 'mend it', understood: true })
  return { backends: [], wish: 'auto', family: undefined, redirect: undefined, plan, explain, ...more }
}

function fake(
  name: BackendName,
  behaviour: 'mounts' | 'refuses' | 'locked' | 'impossible',
  asked: string[],
): MountBackend {
  const outcome = (): AttachOutcome => {
    if (behaviour === 'mounts')
      return { attached: true, attachment: { backend: name, holder: undefined, mountPoint: plan.shadow } }
    const step = behaviour === 'locked' ? 'lock' : 'unshare'
    return { attached: false, refusal: { step, errno: 'EAGAIN', message: '' } }
  }
  return {
    name,
    impossible: () => (behaviour === 'impossible' ? { reason: 'not for you', fix: 'be root' } : undefined),
    servesTrusted: () => name === 'kernel',
    probe: async () => undefined,
    attach: async ({ family }) => {
      asked.push(`${name} ${family}`)
      return outcome()
    },
    detach: async () => ({ detached: true }),
  }
}
