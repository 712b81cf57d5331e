/** Runs synchronous work as a user of this machine (by effective ids, so that root can come back); who is not root can only be themselves. */
export function asUser<T>(id: number, work: () => T): T {
  const back = become(id)
  try {
    return work()
  } finally {
    back()
  }
}

/** As {@link asUser}, to the end of work that goes on by itself: nothing else may run meanwhile. */
export async function asUserToTheEnd<T>(id: number, work: () => Promise<T>): Promise<T> {
  const back = become(id)
  try {
    return await work()
  } finally {
    back()
  }
}

function become(id: number): () => void {
  if (id === process.geteuid?.()) return () => undefined
  const groups = process.getgroups?.() ?? []
  process.setgroups?.([])
  process.setegid?.(id)
  process.seteuid?.(id)
  return () => {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.(groups)
  }
}
