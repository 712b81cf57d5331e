import type { MarkFamily } from '../../overlay-format/mark-names.js'
import type { ByteString } from '../../paths/byte-string.js'

/** What `-o` of mount(8) asks for. */
export interface MountOptions {
  /** Paths as they were given, the topmost first. */
  readonly lowers: readonly ByteString[]
  readonly upper: ByteString | undefined
  readonly work: ByteString | undefined
  readonly family: MarkFamily
  /** Flags of the mount. */
  readonly flags: readonly string[]
}

const flagNames: ReadonlySet<string> = new Set([
  'ro',
  'nosuid',
  'nodev',
  'noexec',
  'noatime',
  'nodiratime',
  'nosymfollow',
])

/** What is so anyway, or what mount(8) and fstab(5) say to themselves. */
const ignored =
  /^(defaults|rw|suid|dev|exec|async|atime|diratime|relatime|strictatime|lazytime|_netdev|nofail|auto|noauto|user|nouser|users|owner|group|allow_other|default_permissions|symfollow|x-.*|comment=.*)$/

/** What overlayfs' own option of that name may be; it is how this file system works. */
const asItIs =
  /^(redirect_dir=(on|off|follow|nofollow)|metacopy=(on|off)|index=off|xino=(on|off|auto)|uuid=.*|volatile)$/

/** Reads `-o`; a sentence where it cannot be done. A comma or colon that belongs to a path has a backslash before it, as with overlayfs. */
export function parseMountOptions(text: ByteString, isRoot: boolean): MountOptions | string {
  const paths = new Map<string, ByteString>()
  const flags = new Set<string>()
  let family: MarkFamily = isRoot ? 'trusted' : 'user'
  for (const option of split(text, ',').filter((each) => each !== '')) {
    const [, key = '', value] = /^(lowerdir|upperdir|workdir)=([\s\S]*)$/.exec(option) ?? []
    if (value !== undefined) paths.set(key, value as ByteString)
    else if (flagNames.has(option)) flags.add(option)
    else if (option === 'rw') flags.delete('ro')
    else if (option === 'userxattr') family = 'user'
    else if (!ignored.test(option) && !asItIs.test(option)) return `unknown option "${option}"`
  }
  const [lower, upper, work] = ['lowerdir', 'upperdir', 'workdir'].map((key) => paths.get(key))
  if (lower === undefined) return 'lowerdir= is missing'
  if ((upper === undefined) !== (work === undefined)) return 'upperdir= and workdir= belong together'
  const lowers = split(lower, ':').map(plain)
  if (lowers.includes('' as ByteString)) return 'lowerdir= has an empty path'
  return { lowers, upper: upper && plain(upper), work: work && plain(work), family, flags: [...flags] }
}

/** Parts of it, each with its backslashes. */
function split(text: ByteString, mark: string): ByteString[] {
  const parts = ['']
  for (const [piece] of text.matchAll(/\\[\s\S]|[\s\S]/g)) {
    if (piece === mark) parts.push('')
    else parts.push(`${parts.pop()}${piece}`)
  }
  return parts as ByteString[]
}

function plain(path: ByteString): ByteString {
  return path.replace(/\\([\s\S])/g, '$1') as ByteString
}
