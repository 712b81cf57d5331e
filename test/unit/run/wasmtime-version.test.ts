import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareVersions, oldestWasmtime, parseWasmtimeVersion } from '../../../src/run/wasmtime-version.js'

test('the oldest version is the one that the installer takes', () => {
  const lock = readFileSync(new URL('../../../scripts/wasmtime.lock', import.meta.url), 'utf8')
  expect(/^minimum (\S+)$/m.exec(lock)?.[1]).toBe(oldestWasmtime)
})

test('reads the version of old and new programs', () => {
  expect(parseWasmtimeVersion('wasmtime 48.0.2 (1a2b3c 2026-01-01)\n')).toBe('48.0.2')
  expect(parseWasmtimeVersion('wasmtime-cli 9.0.1\n')).toBe('9.0.1')
  expect(parseWasmtimeVersion('wasmer 4.3.0')).toBeUndefined()
  expect(parseWasmtimeVersion('')).toBeUndefined()
})

test('versions are compared as numbers', () => {
  expect(compareVersions('9.0.0', '36.0.0')).toBeLessThan(0)
  expect(compareVersions('36.0.10', '36.0.9')).toBeGreaterThan(0)
  expect(compareVersions('36.0.0', '36.0.0')).toBe(0)
})
