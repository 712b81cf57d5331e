import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { askHolder } from '../../../src/mount/holder-client.js'
import { type HelperProgram, holderProgram } from '../../../src/os/helper-program.js'
import { loadAddon } from '../../../src/os/load-addon.js'
import { scratch } from '../../helpers/scratch.js'

function program(script: string): HelperProgram {
  const path = `${scratch().path}/program`
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return holderProgram(loadAddon(), () => path)
}

const none = new Uint8Array()

test('hands over arguments and input, and nothing of the environment', async () => {
  const helper = program('cat; echo " $1 $#"; echo "$HOME" >&2; exit 3')
  expect(await helper.run(['a b', ''], Buffer.from('in'))).toEqual({
    end: { kind: 'exit', exitCode: 3 },
    stdout: 'in a b 2\n',
    stderr: '\n',
  })
})

test('tells a signal, and a program that cannot be started', async () => {
  expect((await program('kill -KILL $$').run([], none)).end).toEqual({ kind: 'signal', signal: 9 })
  const missing = holderProgram(loadAddon(), () => '/nowhere/openagentic-holder')
  expect((await missing.run([], none)).end).toEqual({ kind: 'not-started', errno: 'ENOENT' })
})

test('other work goes on meanwhile', async () => {
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 1)
  await program('sleep 0.2').run([], none)
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(1)
})

test.each([
  ['exit 4', 'status 4'],
  ['kill -TERM $$', 'signal 15'],
  ['echo word; exit 1', 'status 1: word'],
])('a holder that does not answer is named (%s)', async (script, how) => {
  await expect(askHolder(program(script), ['probe'], none)).rejects.toMatchObject({
    code: 'MOUNT_FAILED',
    message: expect.stringMatching(new RegExp(`got ${how}$`)),
  })
})
