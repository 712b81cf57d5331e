import { isText } from '../../../fingerprint/is-text.js'
import { touchedTextName } from '../../../fingerprint/touched-format.js'
import { adoptOwner } from '../../../os/adopt-owner.js'
import type { Fd, FileOps } from '../../../os/file-ops.js'
import type { LayerOps } from '../../../os/layer-ops.js'
import { openOrCreate } from '../../../os/open-or-create.js'
import { entryName } from '../../../paths/rel-path.js'

export interface TouchedTexts {
  /** Where it was put; `undefined`: nowhere. `line`: where the line that names it will be. */
  add(content: Uint8Array, line: number): number | undefined
  close(): void
}

/** Bytes between two looks: as much as one look keeps. */
const mostKept = 16 << 20

/**
 * Text of the project as the session first changed it, which a merge needs. It waits there for the next look, which takes it into the session's pack.
 * @param isRead whether all lines before an offset were taken in, and the texts that they name
 * @param line where the next line will be
 */
export function openTouchedTexts(
  files: FileOps,
  ops: LayerOps,
  dir: Fd,
  isRead: (line: number) => boolean,
  line: number,
): TouchedTexts {
  const name = entryName(touchedTextName)
  const fd = openOrCreate(files, dir, name, () => adoptOwner(files, dir, name))
  let end = files.statFd(fd).size
  const restart = (at: number): void => {
    if (end > 0 && isRead(at) && ops.truncate(fd, 0) === 0) end = 0
  }
  restart(line)
  return {
    add: (content, at) => {
      if (!isText(content)) return undefined
      if (end + content.length > mostKept) restart(at)
      if (end + content.length > mostKept || ops.write(fd, content, end) !== content.length) return undefined
      end += content.length
      return end - content.length
    },
    close: () => files.close(fd),
  }
}
