//! A user namespace in which the caller keeps its own ids, and a mount namespace that it owns.

use crate::answer::{During, Step};
use crate::sys;
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{DumpableBehavior, getegid, geteuid, set_dumpable_behavior};
use rustix::thread::UnshareFlags;
use std::fs;

pub fn enter_new() -> Step<()> {
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    sys::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS).during("unshare")?;
    // Without it the kernel lets nobody but root map a group.
    fs::write("/proc/self/setgroups", "deny").during("setgroups")?;
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1")).during("uid_map")?;
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1")).during("gid_map")?;
    // Nothing of ours gets out. Unmounts still come in, so that a disk that the person unmounts does not
    // stay in use here.
    let downstream = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", downstream).during("propagation")?;
    // Processes of the same user reach the mount through /proc/<pid>/root.
    set_dumpable_behavior(DumpableBehavior::Dumpable).during("dumpable")
}
