import { describe, expect, it } from 'vitest'
import type { FilePatch } from '../../../../src/changeset/patch/file-patch.js'
import { parsePatch } from '../../../../src/changeset/patch/parse-patch.js'

const parse = (text: string): FilePatch[] => parsePatch(Buffer.from(text, 'latin1'))
const only = (text: string): FilePatch => parse(text)[0] as FilePatch

const header = 'diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n'

describe('parsePatch', () => {
  it('reads hunks with what is kept, removed and added', () => {
    expect(parse(`${header.replace('1..2', '1111..2222')}@@ -2,2 +2,3 @@ int main\n a\n-b\n+c\n+d\n`)).toEqual([
      {
        oldPath: 'f',
        newPath: 'f',
        copies: false,
        oldMode: undefined,
        newMode: undefined,
        binary: undefined,
        hunks: [
          {
            oldStart: 2,
            oldCount: 2,
            newStart: 2,
            section: ' int main',
            lines: [
              { sign: ' ', text: 'a\n' },
              { sign: '-', text: 'b\n' },
              { sign: '+', text: 'c\n' },
              { sign: '+', text: 'd\n' },
            ],
          },
        ],
      },
    ])
  })

  it('counts no new lines, as a person who takes one away does not', () => {
    const patch = 'diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1,9 @@\n a\n+b\n@@ -8,0 +20 @@\n+z\n'
    expect(only(patch).hunks.map(({ oldStart, lines }) => [oldStart, lines.length])).toEqual([
      [1, 2],
      [8, 1],
    ])
  })

  it('keeps a carriage return, and knows a last line without a newline', () => {
    const patch = 'diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\r\n-b\n\\ No newline at end of file\n+b\n'
    expect(only(patch).hunks[0]?.lines.map(({ text }) => text)).toEqual(['a\r\n', 'b', 'b\n'])
  })

  it('takes an empty line for an empty line that is kept', () => {
    expect(only('--- a/f\n+++ b/f\n@@ -1,2 +1,3 @@\n\n+b\n c\n').hunks[0]?.lines[0]).toEqual({ sign: ' ', text: '\n' })
  })

  it('takes a removed line that begins with dashes for a line, and the names after it for names', () => {
    const patch = '--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n--- a\n b\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-x\n+y\n'
    expect(parse(patch).map(({ oldPath }) => oldPath)).toEqual(['f', 'g'])
    expect(only(patch).hunks[0]?.lines[0]).toEqual({ sign: '-', text: '-- a\n' })
  })

  it('reads creations, deletions, modes, renames and copies', () => {
    const patch = [
      'diff --git a/n b/n',
      'new file mode 100755',
      'index 0000000..1111111',
      'diff --git a/d b/d',
      'deleted file mode 120000',
      'index 1111111..0000000',
      '--- a/d',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-target',
      '\\ No newline at end of file',
      'diff --git a/m b/m',
      'old mode 100644',
      'new mode 100755',
      'diff --git a/o b/p q',
      'similarity index 100%',
      'rename from o',
      'rename to p q',
      'diff --git a/o b/c',
      'similarity index 90%',
      'copy from o',
      'copy to c',
      'index 1111111..2222222 100644',
      '--- a/o',
      '+++ b/c',
      '@@ -1 +1 @@',
      '-x',
      '+y',
      '',
    ].join('\n')
    expect(
      parse(patch).map(({ oldPath, newPath, oldMode, newMode, copies }) => [
        oldPath,
        newPath,
        oldMode,
        newMode,
        copies,
      ]),
    ).toEqual([
      [undefined, 'n', undefined, '100755', false],
      ['d', undefined, '120000', undefined, false],
      ['m', 'm', '100644', '100755', false],
      ['o', 'p q', undefined, undefined, false],
      ['o', 'c', undefined, undefined, true],
    ])
  })

  it('reads names with spaces, quotes and any bytes', () => {
    const patch = [
      'diff --git a/a b b/a b',
      'old mode 100644',
      'new mode 100755',
      'diff --git a/a b c b/a b c',
      '--- a/a b c\t',
      '+++ b/a b c\t',
      '@@ -1 +1 @@',
      '-x',
      '+y',
      'diff --git "a/\\"\\t\\\\\\377" "b/\\"\\t\\\\\\377"',
      'deleted file mode 100644',
      'index 1111111..0000000',
      '',
    ].join('\n')
    expect(parse(patch).map(({ oldPath }) => oldPath)).toEqual(['a b', 'a b c', '"\t\\\xff'])
  })

  it('knows a binary file by its full names alone', () => {
    const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
    const patch = `diff --git a/b b/b\nindex ${one}..${two} 100644\nGIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n\nliteral 1\nIcmZQz0RR91\n\ndiff --git a/c b/c\nindex ${one}..${two} 100644\nBinary files a/c and b/c differ\n`
    expect(parse(patch).map(({ newPath, binary }) => [newPath, binary])).toEqual([
      ['b', { oldId: one, newId: two }],
      ['c', { oldId: one, newId: two }],
    ])
  })

  it('leaves out comments and empty lines between files', () => {
    expect(parse('# not in the patch: x\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n+y\n\n# end\n')).toHaveLength(1)
    expect(parse('')).toEqual([])
  })

  it.each([
    ['text that is no patch', 'hello\n', 1],
    ['a line cut off', '--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n+y', 5],
    ['a hunk cut off', '--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n-x\n+y\n a\n', 7],
    ['more old lines than counted', '--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n a\n', 5],
    ['a hunk header that is none', '--- a/f\n+++ b/f\n@@ -1 @@\n-x\n', 3],
    ['names without a hunk', 'diff --git a/f b/f\n--- a/f\n+++ b/f\n', 4],
    ['one name only', '--- a/f\n@@ -1 +1 @@\n-x\n+y\n', 2],
    ['no name', '--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-x\n+y\n', 2],
    ['two names without a rename', 'diff --git a/f b/g\n--- a/f\n+++ b/g\n@@ -1 +1 @@\n-x\n+y\n', 1],
    ['a way out of the project', '--- a/../f\n+++ b/../f\n@@ -1 +1 @@\n-x\n+y\n', 1],
    ['an absolute name', '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-x\n+y\n', 1],
    ['no prefix', '--- f\n+++ f\n@@ -1 +1 @@\n-x\n+y\n', 1],
    ['a submodule', 'diff --git a/f b/f\nnew file mode 160000\nindex 0000000..1111111\n', 4],
    ['a bad quotation', 'diff --git "a/\\q" "b/\\q"\nold mode 100644\nnew mode 100755\n', 1],
    ['a binary file by a short name', 'diff --git a/f b/f\nindex 1111..2222 100644\nGIT binary patch\n', 3],
    ['a lonely backslash', '--- a/f\n+++ b/f\n@@ -1 +1 @@\n\\ No newline at end of file\n-x\n', 4],
    ['half a rename', 'diff --git a/f b/g\nrename from f\n', 3],
    ['a merge diff', 'diff --cc f\n', 1],
  ])('refuses %s, with the line', (_what, text, line) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'PATCH_INVALID', details: { line } }))
  })
})
