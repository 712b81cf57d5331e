import {
  appendFileSync,
  chmodSync,
  closeSync,
  cpSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { FileOps } from '../../../src/os/file-ops.js'
import { isErrno } from '../../../src/os/system-error.js'
import type { AbsPath, ByteString } from '../../../src/paths/byte-string.js'

/** One step of somebody's work. Paths are below the cell's directory. */
export type Operation =
  /** Opens a file for writing, and writes nothing. */
  | readonly ['open', path: string]
  /** In place. */
  | readonly ['append', path: string, text: string]
  /** In place, or a new file. */
  | readonly ['write', path: string, content: string]
  | readonly ['mkdir', path: string]
  | readonly ['symlink', target: string, path: string]
  | readonly ['ln', from: string, to: string]
  /** With all that is below it. */
  | readonly ['rm', path: string]
  /** Over what is there. */
  | readonly ['mv', from: string, to: string]
  | readonly ['chmod', path: string, mode: number]
  | readonly ['attr', path: string, name: string]
  | readonly ['touch', path: string]

/** Carries operations out below `top`, an absolute path. Whatever is written ends with `tag`, so that no two cells hold the same. */
export function operateOn(ops: FileOps, top: string, operations: readonly Operation[], tag = ''): void {
  for (const [does, one, two] of operations) {
    const text = does === 'write' || does === 'append' ? `${two}${tag}` : two
    operate(ops, top, [does, one, text] as Operation)
  }
}

function operate(ops: FileOps, top: string, [does, one, two]: Operation): void {
  const at = `${top}/${one}`
  const to = `${top}/${two}`
  const work: Readonly<Record<Operation[0], () => unknown>> = {
    open: () => closeSync(openSync(at, 'a')),
    append: () => appendFileSync(at, String(two)),
    write: () => writeFileSync(at, String(two)),
    mkdir: () => mkdirSync(at),
    symlink: () => symlinkSync(one, to),
    ln: () => linkSync(at, to),
    rm: () => rmSync(at, { recursive: true }),
    mv: () => move(at, to),
    chmod: () => chmodSync(at, Number(two)),
    attr: () => setAttribute(ops, at, String(two)),
    touch: () => lutimesSync(at, 1_500_000_000, 1_500_000_000),
  }
  work[does]()
}

/** A directory of the project cannot be renamed in a user namespace; `mv` copies it then. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error
    cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    rmSync(from, { recursive: true })
  }
}

function setAttribute(ops: FileOps, path: string, name: string): void {
  const slash = path.lastIndexOf('/')
  const dir = ops.openRoot(path.slice(0, slash) as AbsPath)
  try {
    ops.setXattr(dir, path.slice(slash + 1) as ByteString, `user.${name}` as ByteString, Buffer.from('1'))
  } finally {
    ops.close(dir)
  }
}
