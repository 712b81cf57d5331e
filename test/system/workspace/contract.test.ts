import type { BackendName } from '../../../src/mount/backend.js'
import { LocalDirWorkspace } from '../../../src/workspace/local-dir-workspace.js'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import { need } from '../../helpers/capability.js'
import { noBackend, scratchProject, sessionBackends } from '../../helpers/open-scratch.js'
import { scratch } from '../../helpers/scratch.js'
import { type MakeWorkspace, workspaceContract } from './contract.js'
import { directoryContract, type MakeDirectoryWorkspace } from './directory-contract.js'

const memory: MakeWorkspace = () => new MemoryWorkspace()
const localDir: MakeDirectoryWorkspace = () => new LocalDirWorkspace(scratch().path)
const shadowDir =
  (backend: BackendName): MakeDirectoryWorkspace =>
  async (context) => {
    need(context, noBackend(backend))
    return (await scratchProject().open({ backend })).workspace
  }

workspaceContract('MemoryWorkspace', memory)
workspaceContract('LocalDirWorkspace', localDir)
directoryContract('LocalDirWorkspace', localDir)
for (const backend of sessionBackends) {
  workspaceContract(`ShadowDirWorkspace by ${backend}`, shadowDir(backend))
  directoryContract(`ShadowDirWorkspace by ${backend}`, shadowDir(backend))
}
