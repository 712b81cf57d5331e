import { accountUser } from '../../helpers/fuse-bed.js'
import { plainUser } from '../../helpers/holder.js'
import { mountContract } from './contract.js'

mountContract({ name: 'kernel', uid: 0, diesWithHolder: false })
mountContract({ name: 'userns', uid: plainUser, diesWithHolder: true })
mountContract({ name: 'userns', uid: 0, diesWithHolder: true })
mountContract({ name: 'fuse', binding: 'kernel', uid: 0, diesWithHolder: true })
mountContract({ name: 'fuse', binding: 'kernel', uid: accountUser, diesWithHolder: true })
mountContract({ name: 'fuse', binding: 'fuse-native', uid: 0, diesWithHolder: true })
mountContract({ name: 'fuse', binding: 'fuse-native', uid: accountUser, diesWithHolder: true })
