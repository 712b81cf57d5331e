import { expect, test } from 'vitest'
import { moduleKind } from '../../../src/run/module-kind.js'

const kindOf = (text: string): string | undefined => moduleKind(Buffer.from(text, 'latin1'))

test('a module and a component differ in the second half of the preamble', () => {
  expect(kindOf('\0asm\x01\0\0\0rest')).toBe('core')
  expect(kindOf('\0asm\x0d\0\x01\0rest')).toBe('component')
  expect(kindOf('\0asm\x02\0\0\0')).toBeUndefined()
  expect(kindOf('\0asm')).toBeUndefined()
})

test('an ELF file is taken for precompiled code', () => {
  expect(kindOf('\x7fELF\x02\x01\x01')).toBe('precompiled')
})

test.each([
  '(module)',
  '(component $name)',
  ' \n\t( module )'.replace('( ', '('),
  ';; a comment\n;; another\r\n(module (func))',
  '(; a (module) in ; a comment ;)\n(module)',
  '\xef\xbb\xbf(module)',
])('text: %j', (text) => {
  expect(kindOf(text)).toBe('text')
})

test.each([
  '',
  'hello',
  '#!/bin/sh\n',
  '(modules)',
  '(module-x)',
  ';; (module)',
  '(; (module)',
  '{"module":1}',
  'asm\x01\0\0\0',
])('not WebAssembly: %j', (text) => {
  expect(kindOf(text)).toBeUndefined()
})
