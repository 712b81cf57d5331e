import type { ContentHash, ContentHasher } from '../../../fingerprint/content-hash.js'
import { type Fingerprint, identityOf, isSameInstant } from '../../../fingerprint/fingerprint.js'
import {
  formatTouch,
  formatTouchedHeader,
  mostTouchedText,
  parseTouchedHeader,
  touchedHeaderSize,
  touchedName,
} from '../../../fingerprint/touched-format.js'
import { adoptOwner } from '../../../os/adopt-owner.js'
import type { Fd, FileOps } from '../../../os/file-ops.js'
import type { LayerOps } from '../../../os/layer-ops.js'
import { openOrCreate } from '../../../os/open-or-create.js'
import { StatRow } from '../../../os/stat-row.js'
import { carriedXattrs } from '../../../overlay-format/plain-xattrs.js'
import type { ByteString } from '../../../paths/byte-string.js'
import { entryName } from '../../../paths/rel-path.js'
import type { BaseFacts } from '../core/overlay-fs.js'
import { isSettledAt } from '../core/touch.js'
import { openTouchedTexts } from './touched-texts.js'

export interface TouchedLog {
  readonly note: (base: BaseFacts) => void
  close(): void
}

/**
 * Writes down what the session's changes were made of, for the hash check. Without a line that check is more careful, so nothing that fails here fails the
 * operation, and nothing is synced: a line without the copy it is about means nothing.
 */
export function openTouchedLog(
  files: FileOps,
  ops: LayerOps,
  hasher: ContentHasher,
  dir: Fd,
  complain: (line: string) => void,
): TouchedLog {
  const fd = openLog(files, dir)
  const texts = openTouchedTexts(files, ops, dir, (end) => hasRead(ops, fd, end), files.statFd(fd).size)
  const row = new StatRow()
  const bytes = Buffer.alloc(mostTouchedText + 1)
  let end = files.statFd(fd).size
  let isFull = false

  const hashOf = ({ dir: parent, name, stat, part }: BaseFacts): ContentHash | undefined => {
    if (part === 'attributes' || stat.size > mostTouchedText || hasAttributes(parent, name)) return undefined
    const file = ops.open(parent, name, 0, 0)
    if (file < 0) return undefined
    const length = ops.read(file, bytes, 0)
    ops.close(file)
    return length === stat.size ? hasher.hashContent(bytes.subarray(0, length)) : undefined
  }
  // A ledger's line without a digest of them counts where there are none.
  const hasAttributes = (parent: Fd, name: ByteString): boolean => {
    const length = ops.listXattrs(parent, name, bytes)
    if (length <= 0) return false
    const names = bytes.toString('latin1', 0, length).split('\0').slice(0, -1) as ByteString[]
    return carriedXattrs(new Map(names.map((each) => [each, bytes]))).size > 0
  }
  const fingerprint = (base: BaseFacts): Fingerprint | undefined => {
    const { dir: parent, name, stat } = base
    const identity = identityOf(stat)
    if (stat.type === 'file') return { ...identity, hash: hashOf(base) }
    if (stat.type !== 'symlink') return identity
    const length = ops.readLink(parent, name, bytes)
    return length < 0 ? undefined : { ...identity, target: bytes.toString('latin1', 0, length) as ByteString }
  }
  const append = (line: string): void => {
    const written = ops.write(fd, Buffer.from(line, 'latin1'), end)
    const isWhole = written === line.length
    // What was written of it is written over by the next line.
    if (isWhole) end += line.length
    else if (!isFull) complain(`${touchedName}: ${written < 0 ? `errno ${-written}` : 'no room'}`)
    isFull = !isWhole
  }

  return {
    note: (base) => {
      const { dir: parent, name, stat, part, path } = base
      if (base.layer !== 0 || !isSettledAt(Number(stat.ctimeNs) / 1e6, base.lookedAt)) return
      const taken = fingerprint(base)
      // What changed while it was copied is not what the copy is of.
      if (taken === undefined || ops.stat(parent, name, row) !== 0 || !isSameInstant(taken, row.decode())) return
      const textAt = taken.hash === undefined ? undefined : texts.add(bytes.subarray(0, taken.size), end)
      append(formatTouch(hasher, { path, base: taken, contentOnly: part === 'content', textAt }))
    },
    close() {
      texts.close()
      files.close(fd)
    },
  }
}

/** Whether all up to `end` is in the ledger. */
function hasRead(ops: LayerOps, fd: Fd, end: number): boolean {
  const header = Buffer.alloc(touchedHeaderSize)
  return ops.read(fd, header, 0) === header.length && parseTouchedHeader(header.toString('latin1')) === end
}

function openLog(files: FileOps, dir: Fd): Fd {
  const name = entryName(touchedName)
  const fd = openOrCreate(files, dir, name, () => adoptOwner(files, dir, name))
  const { size } = files.statFd(fd)
  const last = Buffer.from('\n')
  if (size === 0) files.write(fd, Buffer.from(formatTouchedHeader(touchedHeaderSize), 'latin1'), 0)
  else if (files.read(fd, last, size - 1) === 1 && last[0] !== 0x0a) files.write(fd, Buffer.from('\n'), size)
  return fd
}
