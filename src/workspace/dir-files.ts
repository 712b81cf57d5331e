import type { EntryStat, EntryType } from '../os/entry-stat.js'
import type { Fd, FileOps } from '../os/file-ops.js'
import { isErrno } from '../os/system-error.js'
import { jsonName } from '../paths/bytes.js'
import { joinRel } from '../paths/rel-path.js'
import { type FindOptions, MetLink, withDirectory, withEntry } from './find-entry.js'
import { replaceFile } from './replace-file.js'
import type { WorkspaceCalls, WorkspaceEntry, WorkspaceEntryType, WorkspaceStat } from './workspace.js'
import { describeType, fileTooLarge, noSuchEntry, notAFile } from './workspace-errors.js'
import { workspaceFilePath, workspacePath } from './workspace-path.js'

export interface DirFilesOptions extends FindOptions {
  /** Opens the directory of the workspace; whoever asked closes it. @throws OverlayError when it is not that any more */
  readonly openRoot: () => Fd
  readonly fileLimitBytes: number
  /** Whether content is on the disk before a file gets its name. */
  readonly sync: boolean
}

/** The calls of a workspace on a directory. None is open between two calls: it can be unmounted. */
export function dirFiles(ops: FileOps, options: DirFilesOptions): WorkspaceCalls {
  const { fileLimitBytes, refuse, sync } = options

  const inRoot = <T>(use: (root: Fd) => T): T => {
    const root = options.openRoot()
    try {
      return use(root)
    } finally {
      ops.close(root)
    }
  }

  return {
    readFile: async (text) => {
      const path = workspaceFilePath(text)
      return inRoot((root) =>
        withEntry(ops, root, path, options, (dir, name, at) => {
          try {
            const { buffer, byteOffset, length } = ops.readFile(dir, name, fileLimitBytes)
            return new Uint8Array(buffer, byteOffset, length)
          } catch (error) {
            if (isErrno(error, 'ENOENT')) throw noSuchEntry(at, error)
            if (isErrno(error, 'EFBIG')) throw fileTooLarge(at, fileLimitBytes)
            if (isErrno(error, 'EISDIR') || isErrno(error, 'EINVAL')) throw notAFile(at, found(ops.stat(dir, name)))
            throw error
          }
        }),
      )
    },

    writeFile: async (text, data) => {
      const path = workspaceFilePath(text)
      if (data.length > fileLimitBytes) throw fileTooLarge(path, fileLimitBytes)
      inRoot((root) =>
        withEntry(ops, root, path, { refuse, makesParents: true }, (dir, name, at) => {
          const there = ops.stat(dir, name)
          if (there?.type === 'symlink') throw new MetLink()
          if (there !== undefined && there.type !== 'file') throw notAFile(at, found(there))
          replaceFile(ops, dir, name, data, { replaced: there, sync })
        }),
      )
    },

    deleteFile: async (text) => {
      const path = workspaceFilePath(text)
      inRoot((root) =>
        withEntry(ops, root, path, options, (dir, name, at) => {
          const there = ops.stat(dir, name)
          if (there === undefined) throw noSuchEntry(at)
          if (there.type === 'dir') throw notAFile(at, found(there))
          ops.unlink(dir, name)
        }),
      )
    },

    stat: async (text) => {
      const path = workspacePath(text)
      return inRoot((root) => {
        if (path === '') return statOf(ops.statFd(root))
        return withEntry(ops, root, path, options, (dir, name, at) => {
          const there = ops.stat(dir, name)
          if (there === undefined) throw noSuchEntry(at)
          return statOf(there)
        })
      })
    },

    listDir: async (text) => {
      const path = workspacePath(text)
      return inRoot((root) =>
        withDirectory(ops, root, path, options, (dir, at): WorkspaceEntry[] =>
          ops
            .scanDir(dir)
            .filter(({ name }) => refuse(joinRel(at, name)) === undefined)
            .sort((one, other) => (one.name < other.name ? -1 : 1))
            .map(({ name, stat }) => ({ name: jsonName(name), type: typeOf(stat.type) })),
        ),
      )
    },
  }
}

function statOf({ type, size, mode }: EntryStat): WorkspaceStat {
  return { type: typeOf(type), size: type === 'dir' ? 0 : size, mode: mode & 0o777 }
}

function typeOf(type: EntryType): WorkspaceEntryType {
  return type === 'file' || type === 'dir' || type === 'symlink' ? type : 'other'
}

function found(stat: EntryStat | undefined): string {
  return stat === undefined ? 'something else' : describeType(stat.type)
}
