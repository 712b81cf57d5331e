/** Numbers of linux/fuse.h. */

/** `enum fuse_opcode`. */
export const opcodes = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  readlink: 5,
  symlink: 6,
  mknod: 8,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  setxattr: 21,
  getxattr: 22,
  listxattr: 23,
  removexattr: 24,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  create: 35,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
  fallocate: 43,
  readdirplus: 44,
  rename2: 45,
  lseek: 46,
  copyFileRange: 47,
  /** As the one before, with an answer of 64 bits. */
  copyFileRange64: 53,
} as const

/** Larger than any opcode that is answered. */
export const opcodeLimit = 64

/** Bits of `fuse_init_in.flags`, and below {@link initFlags2} those of `flags2`. */
export const initFlags = {
  asyncRead: 0x1,
  atomicTrunc: 0x8,
  bigWrites: 0x20,
  dontMask: 0x40,
  autoInvalData: 0x1000,
  readdirplus: 0x2000,
  readdirplusAuto: 0x4000,
  asyncDio: 0x8000,
  writebackCache: 0x10000,
  parallelDirops: 0x40000,
  posixAcl: 0x100000,
  abortError: 0x200000,
  maxPages: 0x400000,
  cacheSymlinks: 0x800000,
  explicitInvalData: 0x2000000,
  handleKillprivV2: 0x10000000,
  setxattrExt: 0x20000000,
  initExt: 0x40000000,
} as const

/** FUSE_PASSTHROUGH is bit 37 of 64. */
export const initFlags2 = { passthrough: 0x20 } as const

export const openFlags = { keepCache: 0x2, cacheDir: 0x8, passthrough: 0x80 } as const
export const getattrFlags = { handle: 0x1 } as const
export const fsyncFlags = { dataOnly: 0x1 } as const
export const setxattrFlags = { aclKillSgid: 0x1 } as const
export const writeFlags = { killSuidgid: 0x4 } as const
export const openInFlags = { killSuidgid: 0x1 } as const

/** `enum fuse_notify_code`. */
export const notifyCodes = { invalInode: 2, invalEntry: 3 } as const

export const rootId = 1

/** Errno numbers of Linux (asm-generic; the same on all our machines), negative as in replies. */
export const errnos = {
  EINTR: -4,
  EIO: -5,
  EAGAIN: -11,
  EACCES: -13,
  ENODEV: -19,
  EINVAL: -22,
  ENOTCONN: -107,
  EPROTO: -71,
  ENOSYS: -38,
  ENOENT: -2,
  ECONNABORTED: -103,
} as const
