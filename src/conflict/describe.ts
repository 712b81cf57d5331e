import type { EntryStat, EntryType } from '../os/entry-stat.js'

const typeNames: Readonly<Record<EntryType, string>> = {
  file: 'a file',
  dir: 'a directory',
  symlink: 'a symbolic link',
  char: 'a character device',
  block: 'a block device',
  fifo: 'a FIFO',
  socket: 'a socket',
}

type Described = Pick<EntryStat, 'type' | 'size' | 'mode' | 'mtimeNs'> & { readonly ctimeNs?: bigint }

/** An entry in words: `a file of 12 bytes, mode 644, changed 2026-01-01T00:00:00.000Z`. */
export function describeEntry(entry: Described | 'absent' | undefined): string {
  if (entry === undefined || entry === 'absent') return 'nothing'
  const size = entry.type === 'file' ? ` of ${entry.size} bytes` : ''
  const mode = entry.type === 'symlink' ? '' : `, mode ${entry.mode.toString(8)}`
  return `${typeNames[entry.type]}${size}${mode}, changed ${new Date(Number((entry.ctimeNs ?? entry.mtimeNs) / 1_000_000n)).toISOString()}`
}
