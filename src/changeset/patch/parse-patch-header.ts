import { OverlayError } from '../../errors/overlay-error.js'
import type { ByteString, RelPath } from '../../paths/byte-string.js'
import { relPath } from '../../paths/rel-path.js'
import { unquotePatchName } from '../../paths/unquote-name.js'
import type { FilePatch } from './file-patch.js'
import { patchInvalid } from './patch-error.js'
import type { PatchLines } from './patch-lines.js'
import type { GitMode } from './tree-side.js'

/** All of a file's patch above its hunks. */
export interface Header extends Omit<FilePatch, 'hunks'> {
  /** The names are followed by hunks. */
  readonly hunksAllowed: boolean
}

const extended = /^(old mode|new mode|deleted file mode|new file mode|rename from|rename to|copy from|copy to) (.+)$/s
const indexForm = /^index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: [0-7]{6})?$/
const ignored = /^(?:similarity|dissimilarity) index \d+%$/
const modes: readonly string[] = ['100644', '100755', '120000'] satisfies GitMode[]

/** From `diff --git` to the first hunk. @throws OverlayError `PATCH_INVALID` */
export function parseGitHeader(lines: PatchLines): Header {
  const at = lines.number
  const first = lines.next() as ByteString
  const fields = new Map<string, ByteString>()
  let ids: { oldId: string; newId: string } | undefined
  for (let line = lines.peek(); line !== undefined; line = lines.peek()) {
    const [, key, value] = extended.exec(line) ?? []
    const [, oldId, newId] = indexForm.exec(line) ?? []
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value as ByteString)
    else if (oldId !== undefined && newId !== undefined) ids = { oldId, newId }
    else if (!ignored.test(line)) break
    lines.next()
  }
  const marks = parseMarks(lines, fields)
  const binary = isBinary(lines, ids)
  const plain = binary === undefined ? parseNames(lines) : undefined
  const names = plain ?? namesOfHeader(at, first, marks)
  const { oldMode, newMode, copies } = marks
  const hunksAllowed = plain !== undefined
  return { ...checkedNames(at, first, names, marks), oldMode, newMode, copies, binary, hunksAllowed }
}

/** A file of a patch that git did not write: `---` and `+++` alone. `undefined`: it begins with something else. */
export function plainHeader(lines: PatchLines): Header | undefined {
  const names = parseNames(lines)
  if (names === undefined) return undefined
  return { ...names, copies: false, oldMode: undefined, newMode: undefined, binary: undefined, hunksAllowed: true }
}

interface Names {
  readonly oldPath: RelPath | undefined
  readonly newPath: RelPath | undefined
}

interface Marks {
  readonly oldMode: GitMode | undefined
  readonly newMode: GitMode | undefined
  readonly created: boolean
  readonly deleted: boolean
  /** Of a rename or copy. */
  readonly moved: Names | undefined
  readonly copies: boolean
}

function parseMarks(lines: PatchLines, fields: ReadonlyMap<string, ByteString>): Marks {
  const mode = (key: string): GitMode | undefined => {
    const value = fields.get(key)
    if (value !== undefined && !modes.includes(value))
      throw patchInvalid(lines.number, `one of ${modes.join(', ')} as ${key}`, value)
    return value as GitMode | undefined
  }
  const name = (key: string): RelPath | undefined => {
    const value = fields.get(key)
    return value === undefined ? undefined : checkedPath(lines.number, unquoted(lines.number, value))
  }
  const [created, deleted] = [mode('new file mode'), mode('deleted file mode')]
  const copies = fields.has('copy from')
  const moved = { oldPath: name('rename from') ?? name('copy from'), newPath: name('rename to') ?? name('copy to') }
  const isMoved = moved.oldPath !== undefined && moved.newPath !== undefined
  if (!isMoved && (moved.oldPath ?? moved.newPath) !== undefined)
    throw patchInvalid(lines.number, 'both names of a rename', lines.peek())
  return {
    oldMode: mode('old mode') ?? deleted,
    newMode: mode('new mode') ?? created,
    created: created !== undefined,
    deleted: deleted !== undefined,
    moved: isMoved ? moved : undefined,
    copies,
  }
}

function isBinary(
  lines: PatchLines,
  ids: { oldId: string; newId: string } | undefined,
): { oldId: string; newId: string } | undefined {
  const line = lines.peek()
  if (line !== 'GIT binary patch' && !/^Binary files .+ differ$/s.test(line ?? '')) return undefined
  if (ids?.oldId.length !== 40 || ids.newId.length !== 40)
    throw patchInvalid(
      lines.number,
      'a binary file to be named in full by an `index` line above (`--full-index`)',
      line,
    )
  lines.next()
  return ids
}

/** `---` and `+++`; `undefined` where there are none. */
function parseNames(lines: PatchLines): Names | undefined {
  if (lines.peek()?.startsWith('--- ') !== true) return undefined
  const oldPath = sideName(lines.number, lines.next() as ByteString)
  const line = lines.peek()
  if (line?.startsWith('+++ ') !== true) throw patchInvalid(lines.number, 'the new name (`+++`)', line)
  const newPath = sideName(lines.number, lines.next() as ByteString)
  if (oldPath === undefined && newPath === undefined) throw patchInvalid(lines.number - 1, 'a name', line)
  return { oldPath, newPath }
}

/** Git puts a tab behind a name with spaces; others put a date behind it. */
function sideName(at: number, line: ByteString): RelPath | undefined {
  const name = line.slice(4).replace(/\t[^"]*$/, '') as ByteString
  if (name === '/dev/null') return undefined
  return withoutPrefix(at, unquoted(at, name))
}

/** Without `---`: nothing but a mode changed, or the file is empty, or binary, or renamed as it is. */
function namesOfHeader(at: number, first: ByteString, { moved, created, deleted }: Marks): Names {
  if (moved !== undefined) return moved
  const path = sameName(at, first.slice('diff --git '.length) as ByteString)
  return { oldPath: created ? undefined : path, newPath: deleted ? undefined : path }
}

/** `a/X b/X`: both are one name, so that the middle is known. */
function sameName(at: number, names: ByteString): RelPath {
  const quoted = /^("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*")$/s.exec(names)
  const half = (names.length - 1) / 2
  const [one, other] = quoted === null ? [names.slice(0, half), names.slice(half + 1)] : [quoted[1], quoted[2]]
  const path = withoutPrefix(at, unquoted(at, one as ByteString))
  if (path !== withoutPrefix(at, unquoted(at, other as ByteString)) || (quoted === null && names[half] !== ' '))
    throw patchInvalid(at, 'one name twice, after a/ and b/', names)
  return path
}

function checkedNames(at: number, first: ByteString, { oldPath, newPath }: Names, marks: Marks): Names {
  const { created, deleted, moved } = marks
  const right =
    moved === undefined
      ? created === (oldPath === undefined) &&
        deleted === (newPath === undefined) &&
        (created || deleted || oldPath === newPath)
      : !created && !deleted && moved.oldPath === oldPath && moved.newPath === newPath
  if (!right) throw patchInvalid(at, 'names that fit what follows', first)
  return { oldPath, newPath }
}

function unquoted(at: number, name: ByteString): ByteString {
  if (!name.startsWith('"')) return name
  const plain = unquotePatchName(name)
  if (plain === undefined) throw patchInvalid(at, 'a name quoted as git does it', name)
  return plain
}

/** `a/` and `b/`, as `git apply` takes one component away. */
function withoutPrefix(at: number, name: ByteString): RelPath {
  const slash = name.indexOf('/')
  if (slash < 1) throw patchInvalid(at, 'a name after a/ or b/', name)
  return checkedPath(at, name.slice(slash + 1) as ByteString)
}

function checkedPath(at: number, name: ByteString): RelPath {
  try {
    return relPath(name)
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error
    throw patchInvalid(at, 'a path below the project', name)
  }
}
