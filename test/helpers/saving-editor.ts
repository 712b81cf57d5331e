/** Runs in a process of its own: a person's editor that saves one file after the other until it is told to stop. */

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemPorts } from '../../src/os/system-ports.js'
import type { ByteString } from '../../src/paths/byte-string.js'
import { absPath } from '../../src/paths/rel-path.js'

export interface Save {
  readonly number: number
  readonly path: string
  readonly way: string
  /** By the clock that all processes share. */
  readonly beganNs: bigint
  /** `false`: the directory was taken away under the editor, or the file had never been the person's and was gone. */
  readonly done: boolean
  /** What the editor itself replaced or removed: nobody wants it any more. */
  readonly replaced: readonly string[]
}

type Way = (path: string, text: string, replaced: string[]) => boolean

const { ops } = systemPorts()

/**
 * A file of a commit that was taken back may have been opened while it had the path; then it is gone, as editors notice. Any other file that
 * is gone counts as saved.
 */
function writeInPlace(path: string, text: string, replaced: string[]): boolean {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT)
  try {
    const before = readFileSync(fd, 'utf8')
    ftruncateSync(fd, 0)
    writeSync(fd, text, 0)
    replaced.push(before)
    return fstatSync(fd).nlink > 0 || !before.startsWith('made')
  } finally {
    closeSync(fd)
  }
}

/** To everybody else an exchange is the rename that editors do; the editor learns what was there. */
function renameOver(path: string, text: string, replaced: string[]): boolean {
  const temporary = `${path}.tmp`
  writeFileSync(temporary, text)
  while (!exchange(temporary, path)) {
    if (moveTo(temporary, path)) return true
  }
  replaced.push(readFileSync(temporary, 'utf8'))
  rmSync(temporary)
  return true
}

function exchange(temporary: string, path: string): boolean {
  return renamed(temporary, path, 'exchange', 'ENOENT')
}

function moveTo(temporary: string, path: string): boolean {
  // Gone along with its directory, it is `ENOENT` here.
  closeSync(openSync(temporary, 'r'))
  return renamed(temporary, path, 'noreplace', 'EEXIST')
}

function renamed(from: string, to: string, mode: 'exchange' | 'noreplace', expected: string): boolean {
  const dir = ops.openRoot(absPath(dirname(from)))
  try {
    ops.rename(dir, basename(from) as ByteString, dir, basename(to) as ByteString, mode)
    return true
  } catch (error) {
    if (codeOf(error) === expected) return false
    throw error
  } finally {
    ops.close(dir)
  }
}

/** Removing a file by way of another name tells what was removed. */
function writeAnew(path: string, text: string, replaced: string[]): boolean {
  const aside = `${path}.old`
  try {
    renameSync(path, aside)
    replaced.push(readFileSync(aside, 'utf8'))
    rmSync(aside)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  return writeInPlace(path, text, replaced)
}

const ways: readonly Way[] = [writeInPlace, renameOver, writeAnew]

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}

/** All content has one size: a size tells nothing. */
function save(number: number, path: string, way: Way): Save {
  const text = `save ${String(number).padStart(8, '0')}\n`
  const replaced: string[] = []
  const begun = { number, path, way: way.name, beganNs: process.hrtime.bigint(), replaced }
  try {
    mkdirSync(dirname(path), { recursive: true })
    return { ...begun, done: way(path, text, replaced) }
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'EEXIST'].includes(String(codeOf(error)))) throw error
    return { ...begun, done: false }
  }
}

async function edit(project: string, files: readonly string[]): Promise<void> {
  const saves: Save[] = []
  let stopped = false
  process.once('message', () => {
    stopped = true
  })
  process.once('disconnect', () => process.exit(1))
  for (let number = 1; !stopped; number += 1) {
    const file = files[number % files.length] ?? ''
    const way = ways[(number + Math.floor(number / files.length)) % ways.length] as Way
    saves.push(save(number, `${project}/${file}`, way))
    process.send?.(number)
    await sleep((number * 13) % 24)
  }
  process.send?.(saves, () => process.disconnect())
}

const [project = '', ...files] = process.argv.slice(2)
await edit(project, files)
