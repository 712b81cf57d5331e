import type { Fd, FileOps } from '../os/file-ops.js'
import { isDiskShut } from '../os/is-disk-shut.js'
import { isErrno } from '../os/system-error.js'
import { entryName } from '../paths/rel-path.js'
import type { BasePack } from './base-pack.js'
import type { ContentHasher } from './content-hash.js'
import { isSameInstant } from './fingerprint.js'
import type { Ledger } from './ledger.js'
import type { OpenLedger } from './ledger-file.js'
import {
  formatTouchedHeader,
  mostTouchedText,
  parseTouch,
  parseTouchedHeader,
  type Touch,
  touchedHeaderSize,
  touchedName,
  touchedTextName,
} from './touched-format.js'

const pieceSize = 1 << 20

/**
 * Takes into the ledger what the server of the session's mount noted since the last time. Before anything else is learnt: what the ledger knows is older then.
 * What is damaged, and what is not there, is not known; that makes the check more careful.
 */
export function learnTouched(
  ops: FileOps,
  hasher: ContentHasher,
  dir: Fd,
  open: OpenLedger,
  pack: Pick<BasePack, 'takes' | 'keep'>,
): void {
  const fd = openTouched(ops, dir, touchedName, open.writable)
  if (fd === undefined) return
  const text = openTouched(ops, dir, touchedTextName, false)
  try {
    const read = parseTouchedHeader(readText(ops, fd, 0, touchedHeaderSize))
    if (read === undefined || read < touchedHeaderSize) return
    const end = readLines(ops, fd, read, (line) => {
      const touch = parseTouch(hasher, line)
      if (touch === undefined) return
      learn(open.ledger, touch)
      if (text !== undefined) keepText(ops, hasher, text, touch, pack)
    })
    if (end === read || !open.writable) return
    open.save()
    ops.write(fd, Buffer.from(formatTouchedHeader(end), 'latin1'), 0)
  } catch (error) {
    // Read once more by the next one.
    if (!isDiskShut(error)) throw error
  } finally {
    if (text !== undefined) ops.close(text)
    ops.close(fd)
  }
}

/** Before it is overwritten: the server writes from the start again once all lines are read. */
function keepText(
  ops: FileOps,
  hasher: ContentHasher,
  text: Fd,
  { base: { hash, size }, textAt }: Touch,
  pack: Pick<BasePack, 'takes' | 'keep'>,
): void {
  if (hash === undefined || textAt === undefined || size > mostTouchedText || !pack.takes(size)) return
  const bytes = readBytes(ops, text, textAt, size)
  if (hasher.hashContent(bytes) === hash) pack.keep(hash, size, { bytes })
}

function learn(ledger: Ledger, { path, base, contentOnly }: Touch): void {
  // Settled by a commit: the ledger has what that put there.
  if (ledger.settled(path) !== undefined) return
  const known = ledger.base(path)
  const same = known !== undefined && known !== 'absent' && isSameInstant(known, base)
  if (!same && !contentOnly) ledger.learn({ path, base })
  // With attributes of one moment and content of another it is a copy of neither.
  else if (same && known.hash === undefined && base.hash !== undefined) {
    ledger.learn({ path, base: { ...base, attributes: known.attributes } })
  }
}

/** Hands out all whole lines from `at` on, each with its end, and says where they end. */
function readLines(ops: FileOps, fd: Fd, start: number, use: (line: string) => void): number {
  let rest = ''
  let end = start
  for (let at = start; ; at += pieceSize) {
    const piece = readText(ops, fd, at, pieceSize)
    rest += piece
    let from = 0
    for (let to = rest.indexOf('\n') + 1; to > 0; to = rest.indexOf('\n', from) + 1) {
      use(rest.slice(from, to))
      from = to
    }
    rest = rest.slice(from)
    end += from
    if (piece.length < pieceSize) return end
  }
}

function readText(ops: FileOps, fd: Fd, position: number, size: number): string {
  return readBytes(ops, fd, position, size).toString('latin1')
}

function readBytes(ops: FileOps, fd: Fd, position: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const count = ops.read(fd, bytes.subarray(length), position + length)
    if (count === 0) break
    length += count
  }
  return bytes.subarray(0, length)
}

function openTouched(ops: FileOps, dir: Fd, file: string, writable: boolean): Fd | undefined {
  const name = entryName(file)
  try {
    return writable ? ops.openFileForWriting(dir, name) : ops.openFile(dir, name)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
