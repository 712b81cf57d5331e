import { setTimeout as sleep } from 'node:timers/promises'
import type { ContentSource } from '../changeset/change.js'
import { clockWentForward } from '../conflict/clock.js'
import type { Evidence } from '../conflict/evidence.js'
import { type BasePack, openBasePack } from '../fingerprint/base-pack.js'
import { type ContentHasher, createContentHasher } from '../fingerprint/content-hash.js'
import { readDirectoryIndex } from '../fingerprint/directory-index.js'
import { learnTouched } from '../fingerprint/learn-touched.js'
import { type OpenLedger, openLedgerFile } from '../fingerprint/ledger-file.js'
import { createDirCache, type DirCache } from '../os/dir-cache.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import type { Ports } from '../os/ports.js'
import { uptime } from '../os/uptime.js'
import type { AbsPath, ByteString } from '../paths/byte-string.js'
import { entryName, joinAbs } from '../paths/rel-path.js'
import { withDirIfAny } from '../session/open-dirs.js'
import type { Session } from '../session/session.js'
import { takenDir } from './journal/journal-directory.js'

/** A session's trees, opened for a review or a commit. */
export interface SessionView {
  readonly ops: FileOps
  readonly session: Session
  readonly hasher: ContentHasher
  /** The project. */
  readonly base: DirCache
  readonly upper: DirCache
  /** The directory of the session's record. */
  readonly dir: Fd
  /** The tree that content lies in, by its {@link ContentSource}. @throws SystemError ENOENT: nothing was made yet */
  layer(name: ContentSource['layer']): DirCache
  /** A name in the directory `made` that this view has not given out yet. */
  nextMade(): ByteString
  /** Saved along with the pack. */
  readonly ledger: OpenLedger
  /** Text of the project that the session built upon. */
  readonly pack: BasePack
  readonly evidence: Evidence
  close(): void
}

/** Directory of the record in which a commit composes content; its files have numbers for names. */
export const madeName: ByteString = entryName('made')

/** How far apart the upper's birth and the epoch may lie: both happen within one `mount`. Nanoseconds. */
const creationNs = 60_000_000_000n

/** Opens the trees; whoever calls it closes the view. */
export async function openSessionView(ports: Ports, session: Session, signal?: AbortSignal): Promise<SessionView> {
  const { ops } = ports
  const hasher = await createContentHasher(ops)
  const opened: Fd[] = []
  const open = (path: AbsPath): Fd => {
    const fd = ops.openRoot(path)
    opened.push(fd)
    return fd
  }
  const closeAll = (): void => {
    for (const fd of opened.splice(0)) ops.close(fd)
  }
  try {
    const base = createDirCache(ops, open(session.project))
    const upper = createDirCache(ops, open(upperPath(ops, session)))
    const dir = open(session.dir)
    const unsaved = await openLedger(ops, dir)
    const pack = openBasePack(ops, hasher, dir, unsaved.writable)
    const ledger = savingBoth(unsaved, pack)
    learnTouched(ops, hasher, dir, ledger, pack)
    const evidence = gatherEvidence(ports, session, { hasher, base, upper, dir, ledger, pack, signal })
    const made = once(() => createDirCache(ops, open(joinAbs(session.dir, madeName))))
    const layer = (name: ContentSource['layer']): DirCache => (name === 'made' ? made() : { upper, base }[name])
    let count = 0
    const nextMade = (): ByteString => entryName(`${count++}`)
    const close = (): void => {
      ledger.close()
      base.close()
      upper.close()
      closeAll()
    }
    return { ops, session, hasher, base, upper, dir, layer, nextMade, ledger, pack, evidence, close }
  } catch (error) {
    closeAll()
    throw error
  }
}

/** Of a closed session, and of one whose commit was cut short, the upper is with what a commit displaced. */
export function upperPath(ops: FileOps, { dir, upper }: Session): AbsPath {
  const isThere = (path: AbsPath): boolean => withDirIfAny(ops, path, () => true) ?? false
  if (isThere(upper)) return upper
  const undo = joinAbs(dir, 'undo')
  const ids = withDirIfAny(ops, undo, (fd) => ops.scanDir(fd).map(({ name }) => name)) ?? []
  const places = ids.map((id) => joinAbs(undo, `${id}/${takenDir}`))
  return places.find(isThere) ?? upper
}

/** Milliseconds to wait for another command that has the ledger open. */
const patience = 3000

/** Who gets it late reads what is there, and can note nothing. */
async function openLedger(ops: FileOps, dir: Fd): Promise<OpenLedger> {
  for (const until = uptime() + patience; ; ) {
    const ledger = openLedgerFile(ops, dir)
    if (ledger.writable || uptime() > until) return ledger
    ledger.close()
    await sleep(20)
  }
}

/** What the pack cannot write must not keep the ledger from being written. */
function savingBoth(ledger: OpenLedger, pack: BasePack): OpenLedger {
  const save = (): void => {
    try {
      pack.save(ledger.ledger)
    } finally {
      ledger.save()
    }
  }
  return { ...ledger, save }
}

interface Trees {
  readonly hasher: ContentHasher
  readonly base: DirCache
  readonly upper: DirCache
  readonly dir: Fd
  readonly ledger: OpenLedger
  readonly pack: BasePack
  readonly signal: AbortSignal | undefined
}

function gatherEvidence(ports: Ports, session: Session, trees: Trees): Evidence {
  const { ops, machine } = ports
  const { hasher, base, upper, signal } = trees
  const { epoch, family } = session.record
  const now = { realtimeNs: machine.realtimeNs(), boottimeNs: machine.boottimeNs(), bootId: machine.bootId() }
  const epochNs = epoch.ctimeTrusted && clockWentForward(epoch, now) ? epoch.ctimeNs : undefined
  return {
    ops,
    hasher,
    base,
    upper,
    family,
    epochNs,
    signal,
    birthsCompare: birthsCompare(ops, base.root, upper.root, epoch.ctimeNs),
    ledger: trees.ledger.ledger,
    kept: trees.pack,
    directories: once(() => readDirectoryIndex(ops, trees.dir)),
  }
}

function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined
  return () => {
    kept ??= { value: compute() }
    return kept.value
  }
}

/** A copied or restored upper was born when it was copied, which proves nothing about what it was copied up from. */
function birthsCompare(ops: FileOps, base: Fd, upper: Fd, epochNs: bigint): boolean {
  const { dev, btimeNs } = ops.statFd(upper)
  if (btimeNs === undefined || dev !== ops.statFd(base).dev) return false
  const apart = btimeNs - epochNs
  return apart < creationNs && apart > -creationNs
}
