//! Hiding a directory behind a small one of our own, so that a mount can have a path that means something else outside.
//!
//! Whoever works in the mount is told the path by `getcwd(2)`, and takes it back to the kernel outside the
//! namespace. There it is a link that leads into the mount again, which here could not be mounted on.

use crate::answer::{During, Step};
use crate::overlay::{PLACE, put};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, mkdirat, open, openat};
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen};

/// Covers a directory with one that holds an empty directory `name` alone, and opens that.
pub fn put_over(covered: &[u8], name: &[u8]) -> Step<OwnedFd> {
    let covered = open(covered, PLACE, Mode::empty()).during("cover")?;
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC).during("cover")?;
    for (key, value) in [("source", "openagentic-cover"), ("size", "64k"), ("mode", "0700")] {
        fsconfig_set_string(context.as_fd(), key, value).during("cover")?;
    }
    fsconfig_create(context.as_fd()).during("cover")?;
    let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    let cover = fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, flags).during("cover")?;
    mkdirat(&cover, name, Mode::RWXU).during("cover")?;
    put(&cover, &covered).during("cover")?;
    openat(&cover, name, PLACE, Mode::empty()).during("target")
}
