import type { Attributes, StatFsOut } from '../core/answers.js'
import type { Words } from './binding.js'
import { EOVERFLOW } from './errno.js'

const half = 2 ** 32

/** `stat` as fuse-native wants it, or an errno: it has 32 bits for most numbers, and milliseconds since 1970 for times. */
export function statWords(from: Attributes): Words | number {
  const { atime, mtime, ctime } = from
  if (atime < 0 || mtime < 0 || ctime < 0) return EOVERFLOW
  const words = new Uint32Array(18)
  words[0] = from.mode
  words[1] = from.uid
  words[2] = from.gid
  put(words, 3, from.size)
  words[6] = from.nlink
  words[8] = deviceWord(from.rdevMajor, from.rdevMinor)
  words[9] = from.blockSize
  put(words, 10, from.blocks)
  put(words, 12, atime * 1000 + Math.floor(from.atimeNs / 1e6))
  put(words, 14, mtime * 1000 + Math.floor(from.mtimeNs / 1e6))
  put(words, 16, ctime * 1000 + Math.floor(from.ctimeNs / 1e6))
  return words
}

/** With the type alone, for listings. */
export function typeWords(type: number): Words {
  const words = new Uint32Array(18)
  words[0] = type << 12
  return words
}

/** `statvfs` in words of 32 bits: counts of blocks that need more are given in larger blocks. */
export function statFsWords(from: StatFsOut): Words {
  const scale = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(from.blocks, 1) / (half - 1))))
  const words = new Uint32Array(11)
  words[0] = from.blockSize
  words[1] = from.fragmentSize * scale
  words[2] = Math.floor(from.blocks / scale)
  words[3] = Math.floor(from.freeBlocks / scale)
  words[4] = Math.floor(from.availableBlocks / scale)
  words[5] = Math.min(from.files, half - 1)
  words[6] = Math.min(from.freeFiles, half - 1)
  words[7] = Math.min(from.freeFiles, half - 1)
  words[10] = from.nameMax
  return words
}

/** `dev_t` as the kernel and glibc write one that needs no more than 32 bits. */
function deviceWord(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)
}

function put(words: Words, at: number, value: number): void {
  words[at] = value % half
  words[at + 1] = Math.floor(value / half)
}
