import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDirectoryIndex, readDirectoryIndex } from '../../../src/fingerprint/directory-index.js'
import type { FileOps } from '../../../src/os/file-ops.js'
import { SystemError } from '../../../src/os/system-error.js'

const header = 'openagentic-directories 1\n'
const path = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 30 })
  .map((bytes) => String.fromCharCode(...bytes))
const record = fc.tuple(path, fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
const records = fc.uniqueArray(record, { selector: ([name]) => name })

function parse(text: string): [string, bigint, bigint][] {
  const index = parseDirectoryIndex(Buffer.from(text, 'latin1'))
  return [...index].map(([name, { ino, ctimeNs }]) => [name, ino, ctimeNs])
}

function line([name, ino, ctimeNs]: readonly [string, bigint, bigint]): string {
  return `${ino} ${ctimeNs} ${name}\0`
}

describe('the index of directories', () => {
  it('gives back what was noted, whatever bytes the paths hold', () => {
    fc.assert(
      fc.property(records, (noted) => {
        expect(parse(header + noted.map(line).join(''))).toEqual(noted)
      }),
    )
  })

  it('keeps what stands before any place where the file was cut off', () => {
    const lines = [line(['a', 1n, 2n]), line(['a/b 7 8 c', 3n, 4n]), line(['\xff\n', 5n, -6n])]
    const text = header + lines.join('')
    for (let cut = 0; cut <= text.length; cut += 1) {
      const whole = lines.filter((_, at) => header.length + lines.slice(0, at + 1).join('').length <= cut)
      expect(parse(text.slice(0, cut))).toHaveLength(whole.length)
    }
  })

  it.each(['\0', '7 8 \0', '7 8\0', 'x 8 b\0', '7  b\0', '-7 8 b\0', `${'9'.repeat(21)} 8 b\0`, '\0'.repeat(4096)])(
    'stops at a record that makes no sense: %j',
    (wrong) => {
      expect(parse(`${header}1 2 a\0${wrong}3 4 c\0`)).toEqual([['a', 1n, 2n]])
    },
  )

  it.each(['', header.slice(0, -1), 'openagentic-directories 2\n1 2 a\0', '1 2 a\0'])(
    'knows nothing of a file that begins with %j',
    (text) => {
      expect(parse(text)).toEqual([])
    },
  )

  it.each([
    ['ENOENT', 2, 'nothing is known'],
    ['EFBIG', 27, 'nothing is known'],
    ['EIO', 5, 'EIO'],
  ])('a file that cannot be read, %s %i: %s', (code, errno, outcome) => {
    const readFile = (): never => {
      throw new SystemError(code, errno, 'openat2', 'directories')
    }
    const read = (): unknown => readDirectoryIndex({ readFile } as Partial<FileOps> as FileOps, 3)
    if (outcome === code) expect(read).toThrow(code)
    else expect(read()).toBeUndefined()
  })
})
