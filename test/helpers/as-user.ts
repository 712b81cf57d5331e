/** Runs synchronous work as another user of this machine (by effective ids, so that root can come back). */
export function asUser<T>(id: number, work: () => T): T {
  if (id === 0) return work()
  const groups = process.getgroups?.() ?? []
  process.setgroups?.([])
  process.setegid?.(id)
  process.seteuid?.(id)
  try {
    return work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.(groups)
  }
}
