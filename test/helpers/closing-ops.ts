import type { Fd, FileOps } from '../../src/os/file-ops.js'

const opening: ReadonlySet<keyof FileOps> = new Set([
  'openRoot',
  'openDir',
  'openFile',
  'openFileForWriting',
  'createFile',
])

/** `ops`, and a way to close whatever was opened through it and is still open: what the kernel does for a process that dies. */
export function closingOps(real: FileOps): { readonly ops: FileOps; closeAll(): void } {
  const open = new Set<Fd>()
  const ops = new Proxy(real, {
    get(target, key: keyof FileOps) {
      const method = target[key] as (...args: unknown[]) => unknown
      if (key === 'close') {
        return (fd: Fd) => {
          open.delete(fd)
          target.close(fd)
        }
      }
      if (!opening.has(key)) return method
      return (...args: unknown[]) => {
        const fd = method(...args) as Fd
        open.add(fd)
        return fd
      }
    },
  })
  return {
    ops,
    closeAll() {
      for (const fd of open) real.close(fd)
      open.clear()
    },
  }
}
