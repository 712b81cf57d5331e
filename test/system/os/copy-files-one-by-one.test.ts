import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { oneByOne } from '../../../src/os/one-by-one.js'
import { need, noRoot } from '../../helpers/capability.js'
import { copyBed } from '../../helpers/copy-bed.js'
import { failingOps, watchedOps } from '../../helpers/faulty-ops.js'
import { bytes, put } from '../../helpers/scratch.js'

const wanted = { uid: 54321, xattrs: new Map([[bytes('user.color'), Buffer.from('red')]]) }

it('makes each call that changes something by the port, in the order that is right', async (context) => {
  need(context, noRoot())
  const calls: string[] = []
  const bed = copyBed((ops) => watchedOps(ops, (_, name) => calls.push(name)).ops)
  for (const name of ['one', 'two', 'three']) put(bed.from, bytes(name), name, 0o600)
  await bed.copy([bed.file('one', wanted), bed.file('two')])
  expect(calls).toEqual([
    ...['createFile', 'cloneContent', 'copyContent', 'setOwner', 'setXattr', 'setMode', 'setTimes'],
    // What cannot be cloned once is not tried again.
    ...['createFile', 'copyContent', 'setTimes'],
  ])
})

it('tells the failure of whichever call', async (context) => {
  need(context, noRoot())
  for (let call = 1; call <= 7; call += 1) {
    const bed = copyBed((ops) => failingOps(ops, call, 'EIO').ops)
    put(bed.from, bytes('one'), 'one', 0o600)
    const before = openDescriptors()
    await expect(bed.copy([bed.file('one', wanted)])).rejects.toMatchObject({ code: 'EIO', path: 'injected' })
    expect(openDescriptors()).toBe(before)
  }
})

it('keeps the other calls of the port', () => {
  const bed = copyBed(oneByOne)
  const { copyFiles, renameAll, ...others } = bed.from.ops
  expect(bed.ops).toMatchObject(others)
  expect(bed.ops.copyFiles).not.toBe(copyFiles)
  expect(bed.ops.renameAll).not.toBe(renameAll)
})

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}
