import type { MarkFamily } from '../overlay-format/mark-names.js'
import type { BackendName } from './backend.js'

/** One `fsconfig(2)` parameter: a flag when there is no value. */
export interface MountOption {
  readonly key: string
  readonly value: string | undefined
}

/**
 * The overlayfs options of a session, without the layers. `index=off`: an index would tie the upper to one lower
 * and one boot. With `userxattr` the kernel turns redirects and metacopy off by itself and refuses to be told to
 * turn them on (Documentation/filesystems/overlayfs.rst, "userxattr").
 */
export function overlayOptions(family: MarkFamily): MountOption[] {
  const shared = [option('index', 'off')]
  if (family === 'user') return [option('userxattr', undefined), ...shared]
  return [option('redirect_dir', 'on'), option('metacopy', 'on'), ...shared]
}

/** The mark family of a new session: the `trusted` marks can be written in the initial user namespace alone. */
export function familyOf(backend: BackendName): MarkFamily {
  return backend === 'kernel' ? 'trusted' : 'user'
}

function option(key: string, value: string | undefined): MountOption {
  return { key, value }
}
