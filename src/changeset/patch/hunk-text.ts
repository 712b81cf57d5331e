import type { ByteString } from '../../paths/byte-string.js'
import type { Hunk } from './file-patch.js'

/** A hunk as git writes it, by bytes. */
export function hunkText({ oldStart, oldCount, newStart, section, lines }: Hunk): ByteString {
  const newCount = lines.filter(({ sign }) => sign !== '-').length
  const body = lines.map(({ sign, text }) =>
    text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`,
  )
  return `@@ -${oldStart},${oldCount} +${newStart},${newCount} @@${section}\n${body.join('')}` as ByteString
}
