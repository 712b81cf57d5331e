import type { ByteString } from '../paths/byte-string.js'

/** The source that our mounts show in mountinfo: how a merged directory is told from any other overlay mount. */
export const mountSource: ByteString = 'openagentic-overlay' as ByteString

/** What a holder covers a directory with has this source (native-helpers/holder/src/cover.rs). */
export const coverSource: ByteString = 'openagentic-cover' as ByteString

/** The type that our FUSE mounts show there. */
export const fuseType: string = 'fuse.openagentic-overlay'
