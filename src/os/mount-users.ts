import type { ByteString } from '../paths/byte-string.js'
import { bytesFromText } from '../paths/bytes.js'
import { decodeStat, statRows, statSlots } from './decode-stat.js'
import type { Addon } from './load-addon.js'
import type { MountInfo, MountUse, MountUser } from './machine.js'
import { packDevice, parseMountInfo } from './parse-mount-info.js'
import { ifVisible, processIds, visibleFile, visibleLink, visibleNames } from './proc-files.js'

/** The mounts that are asked about. A process may use one that its own namespace does not have (through /proc/<pid>/root). */
interface Wanted {
  readonly ids: ReadonlySet<bigint>
  readonly devs: ReadonlySet<bigint>
}

/** Finds who keeps a mount busy; see `Machine.mountUsers`. */
export function mountUsers(addon: Addon, mount: { mountId: bigint } | { dev: bigint }): MountUser[] {
  const pids = processIds()
  const isMeant = (info: MountInfo): boolean =>
    'mountId' in mount ? info.id === mount.mountId : info.dev === mount.dev
  const mounts = mountTables(pids).flat().filter(isMeant)
  const wanted = { ids: new Set(mounts.map(({ id }) => id)), devs: new Set(mounts.map(({ dev }) => dev)) }
  return pids.flatMap((pid) => {
    const uses = usesOf(addon, pid, wanted)
    return uses.length === 0 ? [] : [{ pid, command: commandOf(pid), uses }]
  })
}

/** One table for each mount namespace. */
function mountTables(pids: readonly number[]): MountInfo[][] {
  const tables = new Map<string, MountInfo[]>()
  for (const pid of pids) {
    const namespace = visibleLink(`/proc/${pid}/ns/mnt`)
    if (namespace === undefined || tables.has(namespace)) continue
    const table = visibleFile(`/proc/${pid}/mountinfo`)
    if (table !== undefined) tables.set(namespace, parseMountInfo(table))
  }
  return [...tables.values()]
}

function usesOf(addon: Addon, pid: number, wanted: Wanted): MountUse[] {
  const links = (['cwd', 'root', 'exe'] as const).filter((link) => {
    const id = mountIdOf(addon, `/proc/${pid}/${link}`)
    return id !== undefined && wanted.ids.has(id)
  })
  return [
    ...links,
    ...(hasOpen(pid, wanted) ? ['fd' as const] : []),
    ...(hasMapped(pid, wanted) ? ['map' as const] : []),
  ]
}

function mountIdOf(addon: Addon, path: string): bigint | undefined {
  const row = statRows(new BigUint64Array(statSlots))
  return ifVisible(() => (addon.statPath(bytesFromText(path), row.raw) ? decodeStat(row, 0).mountId : undefined))
}

/** By fdinfo, as to stat what is open could wait for a dead server. */
function hasOpen(pid: number, { ids }: Wanted): boolean {
  return visibleNames(`/proc/${pid}/fdinfo`).some((fd) => {
    const id = /^mnt_id:\s*(\d+)$/m.exec(visibleFile(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1]
    return id !== undefined && ids.has(BigInt(id))
  })
}

/** Fields of a line: addresses, permissions, offset, `major:minor` in hexadecimal, inode, path. */
function hasMapped(pid: number, { devs }: Wanted): boolean {
  const lines = (visibleFile(`/proc/${pid}/maps`) ?? '').split('\n')
  return lines.some((line) => {
    const [, , , dev, inode] = line.split(' ')
    return dev !== undefined && inode !== '0' && devs.has(packDevice(decimal(dev)))
  })
}

function decimal(device: string): string {
  return device.replace(/[0-9a-f]+/g, (hex) => String(Number.parseInt(hex, 16)))
}

function commandOf(pid: number): ByteString {
  return (visibleFile(`/proc/${pid}/comm`) ?? '').replace(/\n$/, '') as ByteString
}
