import { MemoryWorkspace } from '../../../src/workspace/memory-workspace.js'
import { workspaceContract } from './contract.js'

workspaceContract('MemoryWorkspace', () => new MemoryWorkspace())
