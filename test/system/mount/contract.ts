import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { BackendName } from '../../../src/mount/backend.js'
import { need, noRoot } from '../../helpers/capability.js'
import { noFuse } from '../../helpers/fuse-bed.js'
import { type SessionUser, startUser } from '../../helpers/session-user.js'
import { lifeContract } from './contract-life.js'
import { nameContract } from './contract-names.js'
import { pathContract } from './contract-paths.js'
import { separationContract } from './contract-separation.js'
import { viewContract } from './contract-view.js'

/** A backend, and who uses it. */
export interface ContractBackend {
  readonly name: BackendName
  /** User id. */
  readonly uid: number
  /** Whether the mount is gone when its holder is killed. */
  readonly diesWithHolder: boolean
}

/** What a part of the contract gets: the backend, and the user once the tests run. */
export interface ContractContext {
  readonly backend: ContractBackend
  readonly user: () => SessionUser
}

/** What every mount backend must do, on real mounts. */
export function mountContract(backend: ContractBackend): void {
  describe(`${backend.name} as ${backend.uid === 0 ? 'root' : 'a plain user'}`, () => {
    let user: SessionUser | undefined
    beforeAll(async () => {
      if (noRoot() === undefined) user = await startUser(backend.uid)
    })
    afterAll(() => user?.stop())
    beforeEach((context) => need(context, backend.name === 'fuse' ? noFuse() : noRoot()))

    const context: ContractContext = { backend, user: () => user as SessionUser }
    describe('merged', () => viewContract(context))
    describe('names', () => nameContract(context))
    describe('paths', () => pathContract(context))
    describe('separation', () => separationContract(context))
    describe('life', () => lifeContract(context))
  })
}
