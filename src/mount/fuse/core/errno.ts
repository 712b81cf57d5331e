/** Errnos as the core answers them (asm-generic/errno.h). */
export const EPERM: number = -1
export const ENOENT: number = -2
export const EIO: number = -5
export const EBADF: number = -9
export const EACCES: number = -13
export const EEXIST: number = -17
export const EXDEV: number = -18
export const ENOTDIR: number = -20
export const EISDIR: number = -21
export const EINVAL: number = -22
export const EROFS: number = -30
export const ERANGE: number = -34
export const ENAMETOOLONG: number = -36
export const ENOTEMPTY: number = -39
export const EOPNOTSUPP: number = -95
export const ESTALE: number = -116
