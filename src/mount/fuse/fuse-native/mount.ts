import type { FuseLibrary } from '../../../os/fuse-library.js'
import { StartError } from '../server/prepare.js'
import type { ServerPlan } from '../server-plan.js'
import type { FuseNative, FuseNativeClass, RawHandlers } from './binding.js'

/**
 * What libfuse is told that fuse-native has no options for. Nobody but the user who mounts is let in, root neither (no `allow_other`): who asks is
 * not said, and what others make would belong to the wrong one. The kernel may keep names and attributes for half a second, and the way to a
 * directory is taken for granted a while in `tree.ts`: together less than the second within which the person's changes are to be seen. That
 * something is missing is not kept, as a file can only be made where nothing is. Content is dropped whenever a file is opened: `auto_cache` would
 * keep it by times in milliseconds. Inodes have libfuse's own numbers: ours need 64 bits. And `hard_remove` would take an open file away from who reads it.
 */
const hiddenOptions: readonly string[] = [
  'subtype=openagentic-overlay',
  'big_writes',
  'max_read=131072',
  'entry_timeout=0.5',
  'attr_timeout=0.5',
  'negative_timeout=0',
]

/** What is served: fuse-native asks for a handler of each of these. */
type Mountable = Pick<ServerPlan, 'target' | 'source' | 'flags'>

/** @throws StartError */
export async function mountByLibrary(library: FuseLibrary, plan: Mountable, handlers: RawHandlers): Promise<number> {
  const Fuse = await load(library)
  const served = Object.fromEntries(Object.keys(handlers).map((name) => [name.replace(/^_op_/, ''), true]))
  const options = [plan.source, ...hiddenOptions, ...plan.flags].join(',')
  const fuse = new Fuse('/', served, { timeout: false, defaultPermissions: true, fsname: options })
  // Instead of its own, which turn attributes into dates and back, and lose what does not fit.
  Object.assign(fuse, handlers)
  // libfuse and the program that mounts for it are told no path: one may hold any byte, and no shell ever sees it.
  fuse.mnt = '.'
  await library.inDirectory(plan.target, () => mounted(fuse))
  const device = library.device()
  if (device === undefined) throw new StartError('fuse-native', 'it mounted, and has no /dev/fuse open')
  return device
}

async function load(library: FuseLibrary): Promise<FuseNativeClass> {
  library.preload()
  try {
    return (await import('fuse-native')).default
  } catch (error) {
    throw new StartError('fuse-native', (error as Error).message)
  }
}

function mounted(fuse: FuseNative): Promise<void> {
  return new Promise((resolve, reject) => {
    fuse.mount((error) => (error === null ? resolve() : reject(new StartError('fuse-native', error.message))))
  })
}
