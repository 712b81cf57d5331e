import { OverlayError } from '../errors/overlay-error.js'
import type { RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import {
  copyTree,
  dirMadeAt,
  leavesOf,
  type MemoryDir,
  type MemoryNode,
  nodeAt,
  putFile,
  removeEmptyDir,
  removeFile,
} from './memory-tree.js'
import type { SnapshotWorkspace, WorkspaceChanges, WorkspaceEntry, WorkspaceFiles, WorkspaceStat } from './workspace.js'
import { fileTooLarge, notADirectory, notAFile } from './workspace-errors.js'
import { isDirPath, workspaceFilePath, workspacePath } from './workspace-path.js'

export interface MemoryWorkspaceOptions {
  /** Most bytes that one file may hold; 256 MiB unless told. */
  readonly fileLimitBytes?: number | undefined
}

/** Files in memory, for a job that needs no directory. Content is copied on its way in and out. Files have mode 644, directories 755. */
export class MemoryWorkspace implements SnapshotWorkspace {
  readonly #fileLimitBytes: number
  #root: MemoryDir = new Map()

  /** @throws OverlayError as `writeFile` */
  constructor(files: WorkspaceFiles = {}, { fileLimitBytes = 2 ** 28 }: MemoryWorkspaceOptions = {}) {
    this.#fileLimitBytes = fileLimitBytes
    this.#change({ files, deleted: [] })
  }

  async readFile(path: string): Promise<Uint8Array> {
    const at = workspaceFilePath(path)
    const node = nodeAt(this.#root, at)
    if (node instanceof Map) throw notAFile(at, 'a directory')
    return node.slice()
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    this.#put(this.#root, path, data)
  }

  async deleteFile(path: string): Promise<void> {
    removeFile(this.#root, workspaceFilePath(path))
  }

  async stat(path: string): Promise<WorkspaceStat> {
    const node = nodeAt(this.#root, workspacePath(path))
    if (node instanceof Map) return { type: 'dir', size: 0, mode: 0o755 }
    return { type: 'file', size: node.length, mode: 0o644 }
  }

  async listDir(path: string): Promise<WorkspaceEntry[]> {
    const at = workspacePath(path)
    const node = nodeAt(this.#root, at)
    if (!(node instanceof Map)) throw notADirectory(at, 'a file')
    return [...node]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, below]) => ({ name: jsonName(name), type: below instanceof Map ? 'dir' : 'file' }))
  }

  async snapshot(): Promise<WorkspaceFiles> {
    return Object.fromEntries([...leavesOf(this.#root)].map(inSnapshot))
  }

  async apply(changes: WorkspaceChanges): Promise<void> {
    this.#change(changes)
  }

  /** Files before the directories that held them, and those from below. */
  #change({ files, deleted }: WorkspaceChanges): void {
    const root = copyTree(this.#root)
    for (const path of deleted.filter((path) => !isDirPath(path)))
      unlessGone(() => removeFile(root, workspacePath(path)))
    const dirs = deleted.filter(isDirPath).map(workspacePath)
    for (const path of dirs.sort((one, other) => other.length - one.length))
      unlessGone(() => removeEmptyDir(root, path))
    for (const [path, data] of Object.entries(files)) {
      if (isDirPath(path)) dirMadeAt(root, workspacePath(path))
      else this.#put(root, path, data)
    }
    this.#root = root
  }

  #put(root: MemoryDir, path: string, data: Uint8Array): void {
    const at = workspaceFilePath(path)
    if (data.length > this.#fileLimitBytes) throw fileTooLarge(at, this.#fileLimitBytes)
    putFile(root, at, new Uint8Array(data))
  }
}

function inSnapshot([path, node]: readonly [RelPath, MemoryNode]): [string, Uint8Array] {
  return node instanceof Uint8Array ? [jsonName(path), node.slice()] : [`${jsonName(path)}/`, new Uint8Array()]
}

function unlessGone(remove: () => void): void {
  try {
    remove()
  } catch (error) {
    if (!(error instanceof OverlayError) || error.code !== 'NO_SUCH_ENTRY') throw error
  }
}
