import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { BackendName } from '../../../src/mount/backend.js'
import type { FuseBinding } from '../../../src/mount/fuse/server-plan.js'
import type { CreateOptions } from '../../../src/session/create-session.js'
import { need, noRoot } from '../../helpers/capability.js'
import { noFuse, noFuseNative } from '../../helpers/fuse-bed.js'
import { type SessionUser, startUser } from '../../helpers/session-user.js'
import { lifeContract } from './contract-life.js'
import { nameContract } from './contract-names.js'
import { pathContract } from './contract-paths.js'
import { separationContract } from './contract-separation.js'
import { viewContract } from './contract-view.js'

/** A backend, and who uses it. */
export interface ContractBackend {
  readonly name: BackendName
  /** Of the backend `fuse`. */
  readonly binding?: FuseBinding
  /** User id. */
  readonly uid: number
  /** Whether the mount is gone when its holder is killed. */
  readonly diesWithHolder: boolean
}

/** What a part of the contract gets: the backend, and the user once the tests run. */
export interface ContractContext {
  readonly backend: ContractBackend
  /** What makes a session use it. */
  readonly options: Pick<CreateOptions, 'backend' | 'fuseBinding'>
  readonly user: () => SessionUser
}

/** What every mount backend must do, on real mounts. */
export function mountContract(backend: ContractBackend): void {
  const { name, binding } = backend
  describe(`${name}${binding === undefined ? '' : ` by ${binding}`} as ${backend.uid === 0 ? 'root' : 'a plain user'}`, () => {
    let user: SessionUser | undefined
    beforeAll(async () => {
      if (noRoot() === undefined) user = await startUser(backend.uid)
    })
    afterAll(() => user?.stop())
    const missing = binding === 'fuse-native' ? noFuseNative : name === 'fuse' ? noFuse : noRoot
    beforeEach((context) => need(context, missing()))

    const options = { backend: name, fuseBinding: binding }
    const context: ContractContext = { backend, options, user: () => user as SessionUser }
    describe('merged', () => viewContract(context))
    describe('names', () => nameContract(context))
    describe('paths', () => pathContract(context))
    describe('separation', () => separationContract(context))
    describe('life', () => lifeContract(context))
  })
}
