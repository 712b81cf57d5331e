import type { Attachment } from '../mount/backend.js'
import { findMount, isCovered, isServed } from '../mount/find-mount.js'
import { readSmallFile } from '../mount/process-facts.js'
import type { FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { isErrno } from '../os/system-error.js'
import type { AbsPath } from '../paths/byte-string.js'
import { absPath } from '../paths/rel-path.js'
import { sessionLayout } from './layout.js'
import { baseName, parentDir, withDir, withDirIfAny } from './open-dirs.js'
import { placeOf, type Session } from './session.js'

/** `openagentic-holder` as the kernel keeps it: 15 bytes. */
const holderCommand = 'openagentic-hol'

/**
 * Whether a process is the holder of a session: our program, run by the session's owner or root, that keeps the
 * session's lock. The record is written by the owner, and must not make root unmount or end anything else.
 */
export function isHolderOf(ops: FileOps, pid: number, session: Session): boolean {
  const status = readSmallFile(ops, `/proc/${pid}`, 'status') ?? ''
  if (!status.startsWith(`Name:\t${holderCommand}\n`)) return false
  const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
  const owner = withDir(ops, session.dir, (dir) => ops.statFd(dir).uid)
  return (uid === owner || uid === 0) && holdsLock(ops, pid, lockOf(session))
}

/**
 * The holder that keeps the session's lock, if it is not the one in the record: a crash came between the mount and
 * the record of it.
 */
export function findUnrecordedHolder(ports: Ports, session: Session): Attachment | undefined {
  const { mountPoint } = session
  for (const pid of lockOwners(ports.ops, lockOf(session))) {
    const startTime = ports.machine.processStart(pid)
    if (startTime === undefined || !isHolderOf(ports.ops, pid, session)) continue
    const mount = findMount(ports.machine, pid, mountPoint)
    if (mount === undefined) continue
    const backend = isServed(mount) ? 'fuse' : isCovered(ports.machine, pid, mount) ? 'userns' : 'kernel'
    return { backend, holder: { pid, startTime }, mountPoint }
  }
  return undefined
}

function lockOf(session: Session): AbsPath {
  return sessionLayout(placeOf(session.dir, session.record)).lock
}

/** By what the process has open, if we may look; to read /proc/locks the kernel stops every other lock for some milliseconds. */
function holdsLock(ops: FileOps, pid: number, lock: AbsPath): boolean {
  const open = openFiles(ops, pid)
  if (open === undefined) return lockOwners(ops, lock).includes(pid)
  const lines = open.flatMap((info) => info.split('\n')).filter((line) => line.startsWith('lock:'))
  return ownersIn(ops, lines, lock).includes(pid)
}

/** What /proc says of each open file of a process; `undefined` when it is another user's. */
function openFiles(ops: FileOps, pid: number): string[] | undefined {
  const dir = `/proc/${pid}/fdinfo`
  try {
    const names = withDirIfAny(ops, absPath(dir), (fds) => ops.scanDir(fds)) ?? []
    return names.map(({ name }) => readSmallFile(ops, dir, name) ?? '')
  } catch (error) {
    if (isErrno(error, 'EACCES')) return undefined
    throw error
  }
}

/**
 * Processes that hold the flock of a file, by /proc/locks. Inode numbers of other file systems may agree, so this is a
 * list of candidates.
 */
function lockOwners(ops: FileOps, lock: AbsPath): number[] {
  return ownersIn(ops, (readSmallFile(ops, '/proc', 'locks') ?? '').split('\n'), lock)
}

/** `1: FLOCK ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF`, in fdinfo after `lock:`. */
function ownersIn(ops: FileOps, lines: readonly string[], lock: AbsPath): number[] {
  const ino = withDir(ops, parentDir(lock), (dir) => ops.stat(dir, baseName(lock))?.ino)
  return lines.flatMap((line) => {
    const [kind, , , pid, place] = line
      .replace(/^lock:\s+/, '')
      .split(/\s+/)
      .slice(1)
    return kind === 'FLOCK' && place?.split(':')[2] === `${ino}` ? [Number(pid)] : []
  })
}
