/** A script for a directory of its own that {@link base} has filled, with the same outcome on every file system that is right. */
export interface CallCase {
  readonly name: string
  /** What is there besides, before anything is mounted. */
  readonly base?: string
  /** `$calls` is the program of test/fixtures/fuse/calls.c. */
  readonly script: string
  /** Who can do it; everybody where it is not said. */
  readonly who?: 'root' | 'user'
}

/** What each case finds in its directory. */
export const base = `echo base >file; mkdir dir dir/deep gone; echo two >dir/two; echo three >dir/deep/three
  ln -s file link; mkfifo fifo; echo x >gone/x; echo goner >goner; echo pair >one; ln one other`
