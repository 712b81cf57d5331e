/** Errnos that the core does not answer itself (asm-generic/errno.h). */
export const EFBIG: number = -27
export const EOVERFLOW: number = -75
export const EILSEQ: number = -84
