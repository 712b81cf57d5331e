import type { Result } from '../core/answers.js'
import { EBADF, EOPNOTSUPP } from '../core/errno.js'
import { accessMode } from '../core/open-flags.js'
import type { RawHandlers, Signal, Words } from './binding.js'
import { EFBIG } from './errno.js'
import type { Host } from './host.js'
import { hasOtherNames } from './links.js'
import { typeWords } from './stat-words.js'
import { textOf } from './text.js'

type FileHandlers = Pick<
  RawHandlers,
  '_op_open' | '_op_read' | '_op_write' | '_op_release' | '_op_fsync' | '_op_fsyncdir' | '_op_readdir'
>

const types: readonly Words[] = Array.from({ length: 16 }, (_, type) => typeWords(type))

/** Requests on open files, and on directories. */
export function fileHandlers({ core, tree, open, files, answer, guard }: Host): FileHandlers {
  function opened(path: string, flags: number): Result {
    return tree.use(path, (node) => {
      if ((flags & accessMode) !== 0 && hasOtherNames(tree.entry)) return EOPNOTSUPP
      const failed = core.open(node, flags, open)
      return failed < 0 ? failed : files.add(open.fh, node)
    })
  }

  function transfer(
    signal: Signal,
    fd: number,
    bytes: Buffer,
    [low, high]: readonly [number, number],
    move: (handle: number, offset: number) => Result,
  ): void {
    const offset = low + high * 2 ** 32
    const file = files.get(fd)
    const wrong = file === undefined ? EBADF : EFBIG
    const moved = file !== undefined && Number.isSafeInteger(offset + bytes.length)
    const result = moved ? guard(() => move(file.handle, offset)) : wrong
    signal(result, Math.max(result, 0), bytes.buffer)
  }

  return {
    _op_open(signal, path, flags) {
      const result = guard(() => opened(path, flags))
      signal(Math.min(result, 0), Math.max(result, 0))
    },
    _op_read: (signal, _path, fd, into, _length, low, high) =>
      transfer(signal, fd, into, [low, high], (handle, offset) => core.read(handle, offset, into)),
    _op_write: (signal, _path, fd, data, _length, low, high) =>
      transfer(signal, fd, data, [low, high], (handle, offset) => core.write(handle, offset, data)),
    _op_release: answer((_path, fd) => {
      const file = files.take(fd)
      if (file !== undefined) core.release(file.handle)
      return 0
    }),
    _op_fsync: answer((_path, dataOnly, fd) => {
      const file = files.get(fd)
      return file === undefined ? EBADF : core.fsync(file.handle, dataOnly !== 0)
    }),
    _op_fsyncdir: answer((path, dataOnly) =>
      tree.use(path, (node) => {
        const failed = core.opendir(node, open)
        if (failed < 0) return failed
        const { fh } = open
        const result = core.fsyncdir(fh, dataOnly !== 0)
        core.releasedir(fh)
        return result
      }),
    ),
    _op_readdir(signal, path) {
      const names: string[] = []
      const stats: Words[] = []
      const list = (fh: number): Result => {
        let wrong = 0
        const result = core.readdir(fh, 0, false, (name, _low, _high, type) => {
          const text = textOf(name)
          if (typeof text === 'number') wrong = text
          else {
            names.push(text)
            stats.push(types[type] as Words)
          }
          return true
        })
        return result < 0 ? result : wrong
      }
      const result = guard(() =>
        tree.use(path, (node) => {
          const failed = core.opendir(node, open)
          if (failed < 0) return failed
          const { fh } = open
          const listed = list(fh)
          core.releasedir(fh)
          return listed
        }),
      )
      signal(result, ...(result < 0 ? [[], []] : [names, stats]))
    },
  }
}
