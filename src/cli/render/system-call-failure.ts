import { OverlayError, type SystemError } from '../../index.js'

/** What an errno means for a person, and what to do about it. */
interface Errno {
  readonly text: string
  readonly hint: string
}

const errnos: Readonly<Record<string, Errno>> = {
  EACCES: {
    text: 'permission denied',
    hint: 'Look at the owner and the mode of the path, and of the directories above it.',
  },
  EBUSY: { text: 'the path is in use', hint: 'Something is mounted there or uses it: end that, then try again.' },
  EDQUOT: { text: 'the disk quota is used up', hint: 'Free some space or inodes of your quota, then try again.' },
  EIO: { text: 'the device reported an error', hint: 'The disk or the network file system has trouble: see `dmesg`.' },
  ELOOP: { text: 'a symbolic link is in the way', hint: 'Expected no symbolic link at or above the path.' },
  EMFILE: { text: 'too many open files', hint: 'Raise the limit: `ulimit -n 4096`.' },
  ENAMETOOLONG: { text: 'the name is too long', hint: 'File systems here take names of 255 bytes.' },
  ENFILE: { text: 'too many open files on this machine', hint: 'Other programs hold them: end some, then try again.' },
  ENOENT: { text: 'no such file or directory', hint: 'It may have been removed meanwhile: try again.' },
  ENOSPC: {
    text: 'no space left on the device',
    hint: 'Free some space or inodes (`df -h`, `df -i`), then try again.',
  },
  ENOTDIR: { text: 'not a directory', hint: 'Expected directories only above the path.' },
  EPERM: { text: 'operation not permitted', hint: 'It needs the owner of the path, or root; see also `lsattr`.' },
  EROFS: {
    text: 'the file system is read-only',
    hint: 'Mount it writable, or choose another place with `--state-dir`.',
  },
  ESTALE: { text: 'the network file system lost the file', hint: 'Mount it anew, then try again.' },
  EXDEV: {
    text: 'another file system is mounted there',
    hint: 'Nothing is followed across a mount below the project.',
  },
}

/** A failed system call as an error that a person can act on; the call stays named. */
export function systemCallFailure(error: SystemError): OverlayError {
  const known = errnos[error.code]
  const where = error.path === undefined ? '' : ` of ${error.path === '' ? 'the project directory' : error.path}`
  const reason = known === undefined ? error.code : `${known.text} (${error.code})`
  return new OverlayError('SYSTEM_CALL_FAILED', `Expected ${error.syscall}${where} to succeed, got: ${reason}`, {
    hint: known?.hint,
    path: error.path,
    details: { errno: error.code, syscall: error.syscall },
    cause: error,
  })
}
