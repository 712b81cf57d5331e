/** Flags of open(2) on x86-64 and arm64 alike, but where said. */
export const writeOnly = 0o1
export const readWrite = 0o2
export const accessMode = 0o3
export const create = 0o100
export const exclusive = 0o200
export const truncate = 0o1000
export const append = 0o2000
