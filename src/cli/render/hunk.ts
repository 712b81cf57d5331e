import { bytesFromText, type HunkItem, statusLetter } from '../../index.js'
import { pathText, statusLine } from './change.js'

const verbs: Readonly<Record<string, string>> = {
  A: 'addition',
  M: 'modification',
  D: 'deletion',
  R: 'rename',
  T: 'change of type',
  P: 'change of properties',
}

/** Lines of a change as a whole that are shown; `diff` has all. */
const longest = 100

/** What an item is asked about by. */
export function itemTitle({ what, change }: HunkItem): string {
  if (what === 'hunk') return `Commit this hunk of ${pathText(change.path)}`
  return `Commit this ${what === 'attributes' ? verbs.P : verbs[statusLetter(change)]} of ${pathText(change.path)}`
}

/** What an item is, for a terminal. */
export function itemText(item: HunkItem, coloured: boolean): Uint8Array {
  const head = item.what === 'hunk' ? '' : `${statusLine(item.change, false)}${aspectsOf(item)}\n`
  const lines = shortened(item.text.replace(/^GIT binary patch\n(?:(?!diff --git ).*\n)*/gm, 'binary content\n'))
  const text = lines.map((line) => paint(harmless(line), coloured)).join('')
  return Buffer.concat([Buffer.from(head), Buffer.from(text, 'latin1')])
}

function aspectsOf({ change, what }: HunkItem): string {
  const { base, wanted, aspects } = change
  if (base === undefined || wanted === undefined || (what === 'whole' && change.kind !== 'metadata')) return ''
  const words = [...aspects].flatMap((aspect) => {
    if (aspect === 'mode') return `mode ${base.mode.toString(8)} -> ${wanted.mode.toString(8)}`
    if (aspect === 'owner') return `owner ${base.uid}:${base.gid} -> ${wanted.uid}:${wanted.gid}`
    if (aspect === 'xattrs') return 'extended attributes'
    return aspect === 'times' && what === 'whole' ? 'times' : []
  })
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

function shortened(text: string): string[] {
  const lines = text.split(/(?<=\n)/)
  if (lines.length <= longest) return lines
  return [...lines.slice(0, longest), bytesFromText(`… ${lines.length - longest} more lines; \`diff\` shows them\n`)]
}

/** A file's bytes must not steer the terminal: control characters, C1 ones in UTF-8, and signs that turn the direction of text. */
function harmless(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const unsafe = /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]/g
  return line.replace(unsafe, (found) =>
    [...found].map((char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  )
}

const colours: readonly (readonly [RegExp, string])[] = [
  [/^@@/, '36'],
  [/^\+(?!\+\+ )/, '32'],
  [/^-(?!-- )/, '31'],
]

function paint(line: string, coloured: boolean): string {
  const colour = coloured ? colours.find(([form]) => form.test(line))?.[1] : undefined
  return colour === undefined ? line : `\u001b[${colour}m${line.replace(/\n$/, '')}\u001b[m\n`
}
