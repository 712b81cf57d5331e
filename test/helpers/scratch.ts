import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Fd, FileOps } from '../../src/os/file-ops.js'
import { loadAddon } from '../../src/os/load-addon.js'
import { createFileOps } from '../../src/os/native-file-ops.js'
import type { AbsPath, ByteString } from '../../src/paths/byte-string.js'

/** An empty directory that goes away with the test. */
export interface Scratch {
  readonly ops: FileOps
  readonly path: AbsPath
  readonly root: Fd
}

export function scratch(parent: string = tmpdir()): Scratch {
  const ops = createFileOps(loadAddon())
  const path = mkdtempSync(join(parent, 'overlay-test-')) as AbsPath
  const root = ops.openRoot(path)
  onTestFinished(() => {
    ops.close(root)
    // Node's own removal gives up on deep trees.
    execFileSync('rm', ['-rf', path])
  })
  return { ops, path, root }
}

/** A name as the ports take it. */
export function bytes(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1') as ByteString
}

/** Writes a whole file. */
export function put({ ops, root }: Scratch, name: ByteString, content: string | Uint8Array, mode = 0o644): void {
  const fd = ops.createFile(root, name, mode)
  ops.write(fd, Buffer.from(content as string), 0)
  ops.close(fd)
}

/** The `code` of what `call` throws. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
  return undefined
}
