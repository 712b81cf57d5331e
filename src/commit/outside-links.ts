import type { AbsPath, ByteString, RelPath } from '../paths/byte-string.js'
import { overlayDirName } from '../paths/overlay-dir.js'
import { absPath, joinAbs, parentOf } from '../paths/rel-path.js'

/**
 * Why a symbolic link at `path` may leave the project, by the text of its target; `undefined`: it stays. A link that passes leads first up, never above the
 * project, and then down by names, so that a chain of such links stays too, whatever they are put together from.
 */
export function leadsOutside(path: RelPath, target: ByteString, project: AbsPath): string | undefined {
  const names = target.split('/')
  if (leadsBackThroughName(names))
    return 'it is a symbolic link whose way leads back through a name, and may leave the project'
  // Sessions do not see it; what a session writes there later would be in the project at once.
  if (names.includes(overlayDirName)) return `it is a symbolic link into ${overlayDirName}`
  const from = joinAbs(project, parentOf(path))
  const end = absPath(target.startsWith('/') ? target : `${from}/${target}`)
  const inside = end === project || project === '/' || end.startsWith(`${project}/`)
  return inside ? undefined : 'it is a symbolic link out of the project'
}

/** A name before a `..` may be a link itself, so that the way cannot be told from the text. */
function leadsBackThroughName(names: readonly string[]): boolean {
  let named = false
  return names.some((name) => {
    if (name === '..') return named
    named ||= name !== '' && name !== '.'
    return false
  })
}
