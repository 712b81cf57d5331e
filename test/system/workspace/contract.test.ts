import { systemPorts } from '../../../src/os/system-ports.js'
import { LocalDirWorkspace } from '../../../src/workspace/local-dir-workspace.js'
import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import { scratch } from '../../helpers/scratch.js'
import { workspaceContract } from './contract.js'
import { directoryContract } from './directory-contract.js'

const ports = systemPorts()
const localDir = (): LocalDirWorkspace => new LocalDirWorkspace(ports, scratch().path)

workspaceContract('MemoryWorkspace', () => new MemoryWorkspace())
workspaceContract('LocalDirWorkspace', localDir)
directoryContract('LocalDirWorkspace', localDir)
