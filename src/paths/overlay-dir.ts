import type { ByteString } from './byte-string.js'

/** Directory of a project that holds its sessions. */
export const overlayDirName: ByteString = '.openagentic' as ByteString

/**
 * Whether a name can lead to {@link overlayDirName}: also in a directory that folds case and passes over code points that have no shape,
 * as ext4 with `casefold` does.
 */
export function leadsToOverlayDir(name: ByteString): boolean {
  return name.replace(/[^!-~]/g, '').toLowerCase() === overlayDirName
}
