import type { Ports } from '../os/ports.js'
import { systemPorts } from '../os/system-ports.js'
import type { ByteString, RelPath } from '../paths/byte-string.js'
import { jsonName } from '../paths/bytes.js'
import { hostPath } from '../paths/host-path.js'
import { leadsToOverlayDir, overlayDirName } from '../paths/overlay-dir.js'
import { dirFiles } from './dir-files.js'
import { sameRoot } from './root-identity.js'
import type { DirectoryWorkspace, WorkspaceCalls, WorkspaceEntry, WorkspaceStat } from './workspace.js'

export interface LocalDirWorkspaceOptions {
  /** The real system unless told. */
  readonly ports?: Pick<Ports, 'ops'> | undefined
  /** Most bytes that a file may hold to be read or written; 256 MiB unless told. */
  readonly fileLimitBytes?: number | undefined
  /** `false`: does not wait for the disk at each write. A file that was written just before a power cut may be empty then. */
  readonly sync?: boolean | undefined
}

/**
 * The files of a directory, written for good: nothing is reviewed or committed. `.openagentic`, where a project's sessions lie, is not among them, at any depth. New files have mode
 * 644, directories 755.
 */
export class LocalDirWorkspace implements DirectoryWorkspace {
  readonly directory: string
  readonly #files: WorkspaceCalls

  /**
   * @param directory absolute, in the form of `jsonName`
   * @throws OverlayError `PATH_INVALID`, `WORKSPACE_GONE` where there is no such directory; what `createPorts` throws
   */
  constructor(directory: string, { ports, fileLimitBytes = 2 ** 28, sync = true }: LocalDirWorkspaceOptions = {}) {
    const { ops } = ports ?? systemPorts()
    const path = hostPath(directory)
    this.directory = jsonName(path)
    this.#files = dirFiles(ops, { openRoot: sameRoot(ops, path), refuse: refuseSessions, fileLimitBytes, sync })
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#files.readFile(path)
  }

  writeFile(path: string, data: Uint8Array): Promise<void> {
    return this.#files.writeFile(path, data)
  }

  deleteFile(path: string): Promise<void> {
    return this.#files.deleteFile(path)
  }

  stat(path: string): Promise<WorkspaceStat> {
    return this.#files.stat(path)
  }

  listDir(path: string): Promise<WorkspaceEntry[]> {
    return this.#files.listDir(path)
  }
}

function refuseSessions(path: RelPath): string | undefined {
  const leads = path.split('/').some((name) => leadsToOverlayDir(name as ByteString))
  return leads ? `sessions lie in ${overlayDirName}` : undefined
}
