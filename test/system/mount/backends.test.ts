import { accountUser } from '../../helpers/fuse-bed.js'
import { plainUser } from '../../helpers/holder.js'
import { mountContract } from './contract.js'

mountContract({ name: 'kernel', uid: 0, diesWithHolder: false })
mountContract({ name: 'userns', uid: plainUser, diesWithHolder: true })
mountContract({ name: 'userns', uid: 0, diesWithHolder: true })
mountContract({ name: 'fuse', uid: 0, diesWithHolder: true })
mountContract({ name: 'fuse', uid: accountUser, diesWithHolder: true })
