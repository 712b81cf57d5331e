/**
 * Where the fields of the structs of linux/fuse.h lie: bytes from the start of the struct. A test holds this against the header.
 * Integers have the byte order of the machine, and so far every machine of ours is little-endian.
 */

export const inHeader = { size: 40, len: 0, opcode: 4, unique: 8, nodeid: 16, uid: 24, gid: 28, pid: 32 } as const
export const outHeader = { size: 16, len: 0, error: 4, unique: 8 } as const

export const attr = {
  size: 88,
  ino: 0,
  bytes: 8,
  blocks: 16,
  atime: 24,
  mtime: 32,
  ctime: 40,
  atimensec: 48,
  mtimensec: 52,
  ctimensec: 56,
  mode: 60,
  nlink: 64,
  uid: 68,
  gid: 72,
  rdev: 76,
  blksize: 80,
  flags: 84,
} as const

export const entryOut = {
  size: 128,
  nodeid: 0,
  generation: 8,
  entry_valid: 16,
  attr_valid: 24,
  entry_valid_nsec: 32,
  attr_valid_nsec: 36,
  attr: 40,
} as const

export const attrOut = { size: 104, attr_valid: 0, attr_valid_nsec: 8, attr: 16 } as const
export const openOut = { size: 16, fh: 0, open_flags: 8, backing_id: 12 } as const
export const writeOut = { size: 8, bytes: 0 } as const
export const getxattrOut = { size: 8, bytes: 0 } as const
export const lseekOut = { size: 8, offset: 0 } as const
export const statfsOut = {
  size: 80,
  blocks: 0,
  bfree: 8,
  bavail: 16,
  files: 24,
  ffree: 32,
  bsize: 40,
  namelen: 44,
  frsize: 48,
} as const
export const dirent = { size: 24, ino: 0, off: 8, namelen: 16, type: 20 } as const

export const forgetIn = { size: 8, nlookup: 0 } as const
export const batchForgetIn = { size: 8, count: 0 } as const
export const forgetOne = { size: 16, nodeid: 0, nlookup: 8 } as const
export const getattrIn = { size: 16, getattr_flags: 0, fh: 8 } as const
export const setattrIn = {
  size: 88,
  valid: 0,
  fh: 8,
  bytes: 16,
  atime: 32,
  mtime: 40,
  atimensec: 56,
  mtimensec: 60,
  mode: 68,
  uid: 76,
  gid: 80,
} as const
export const mknodIn = { size: 16, mode: 0, rdev: 4, umask: 8 } as const
export const mkdirIn = { size: 8, mode: 0, umask: 4 } as const
export const renameIn = { size: 8, newdir: 0 } as const
export const rename2In = { size: 16, newdir: 0, flags: 8 } as const
export const linkIn = { size: 8, oldnodeid: 0 } as const
export const openIn = { size: 8, flags: 0, open_flags: 4 } as const
export const createIn = { size: 16, flags: 0, mode: 4, umask: 8, open_flags: 12 } as const
export const releaseIn = { size: 24, fh: 0, flags: 8, release_flags: 12 } as const
export const readIn = { size: 40, fh: 0, offset: 8, bytes: 16, flags: 32 } as const
export const writeIn = { size: 40, fh: 0, offset: 8, bytes: 16, write_flags: 20, flags: 32 } as const
export const fsyncIn = { size: 16, fh: 0, fsync_flags: 8 } as const
export const setxattrIn = { size: 16, bytes: 0, flags: 4, setxattr_flags: 8 } as const
export const setxattrCompatIn = { size: 8 } as const
export const getxattrIn = { size: 8, bytes: 0 } as const
export const initIn = { size: 64, major: 0, minor: 4, max_readahead: 8, flags: 12, flags2: 16 } as const
export const initOut = {
  size: 64,
  major: 0,
  minor: 4,
  max_readahead: 8,
  flags: 12,
  max_background: 16,
  congestion_threshold: 18,
  max_write: 20,
  time_gran: 24,
  max_pages: 28,
  flags2: 32,
  max_stack_depth: 36,
} as const
export const interruptIn = { size: 8, unique: 0 } as const
export const fallocateIn = { size: 32, fh: 0, offset: 8, length: 16, mode: 24 } as const
export const lseekIn = { size: 24, fh: 0, offset: 8, whence: 16 } as const
export const copyFileRangeIn = {
  size: 56,
  fh_in: 0,
  off_in: 8,
  nodeid_out: 16,
  fh_out: 24,
  off_out: 32,
  len: 40,
  flags: 48,
} as const
export const notifyInvalInode = { size: 24, ino: 0, off: 8, len: 16 } as const
export const notifyInvalEntry = { size: 16, parent: 0, namelen: 8, flags: 12 } as const
