import type { AbsPath, ByteString } from '../paths/byte-string.js'
import type { MountInfo } from './machine.js'

/** Parses `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)). */
export function parseMountInfo(table: ByteString): MountInfo[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine)
}

function parseLine(line: string): MountInfo {
  const fields = line.split(' ')
  // Any number of optional fields come before the dash.
  const dash = fields.indexOf('-', 6)
  const [id, parentId, dev, root, mountPoint, options] = fields as [string, string, string, string, string, string]
  const [fsType, source, superOptions] = fields.slice(dash + 1)
  return {
    id: BigInt(id),
    parentId: BigInt(parentId),
    dev: packDevice(dev),
    root: decodeOctal(root),
    mountPoint: decodeOctal(mountPoint) as AbsPath,
    options: options.split(','),
    fsType: decodeOctal(fsType ?? ''),
    source: decodeOctal(source ?? ''),
    superOptions: (superOptions ?? '') as ByteString,
  }
}

/** `major:minor` in decimal, as makedev(3) packs it: the form of `EntryStat.dev`. */
export function packDevice(text: string): bigint {
  const [major = 0n, minor = 0n] = text.split(':').map(BigInt)
  return ((major & 0xfffff000n) << 32n) | ((major & 0xfffn) << 8n) | ((minor & 0xffffff00n) << 12n) | (minor & 0xffn)
}

/** The kernel writes space, tab, newline, backslash and `#` as three octal digits. */
function decodeOctal(field: string): ByteString {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  ) as ByteString
}
