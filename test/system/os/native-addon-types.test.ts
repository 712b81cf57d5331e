import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadAddon } from '../../../src/os/load-addon.js'
import { need, noProgram } from '../../helpers/capability.js'

const types = new URL('../../../src/os/native-addon.ts', import.meta.url)

test('the types name what the addon exports, and no more', () => {
  const declared = [...readFileSync(types, 'utf8').matchAll(/^export declare function (\w+)/gm)].map(([, name]) => name)
  expect(declared.sort()).toEqual(Object.keys(loadAddon()).sort())
})

test('the types are what the sources of the addon give', (context) => {
  need(context, noProgram('cargo'))
  const script = new URL('../../../scripts/build-native.sh', import.meta.url).pathname
  expect(execFileSync(script, ['--check-types'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('')
})
