//! Trying a mount out.

use crate::answer::{During, Step};
use crate::plan::Plan;
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, open, unlinkat};
use rustix::mount::{UnmountFlags, unmount};

const NAME: &str = ".openagentic-probe";

/// Writes to the mount, as some kernels quietly mount what they cannot write to. Unmounts in any case.
pub fn write_and_unmount(plan: &Plan) -> Step<()> {
    let written = write(plan);
    let unmounted = unmount(&*plan.target, UnmountFlags::NOFOLLOW).during("unmount");
    written.and(unmounted)
}

fn write(plan: &Plan) -> Step<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let merged = open(&*plan.target, flags, Mode::empty()).during("merged")?;
    mkdirat(&merged, NAME, Mode::RWXU).during("write")?;
    unlinkat(&merged, NAME, AtFlags::REMOVEDIR).during("write")
}
