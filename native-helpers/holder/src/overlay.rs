//! Mounting an overlay through the mount API of Linux 5.2.

use crate::answer::{During, Failure, Step};
use crate::cover;
use crate::layers::{self, Layer};
use crate::plan::Plan;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, Result as IoResult, read};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string,
    fsmount, fsopen, move_mount,
};

pub fn mount(plan: &Plan) -> Step<()> {
    let flags = plan.flags.iter().map(|flag| attribute(flag)).collect::<Step<Vec<_>>>()?;
    let flags = flags.into_iter().fold(MountAttrFlags::empty(), |all, flag| all | flag);
    // Before anything is covered: the layers may lie below it.
    let tree = make(plan, flags)?;
    let target = match &plan.cover {
        Some(covered) => cover::put_over(covered, plan.covered_name().unwrap_or_default())?,
        None => open(&*plan.target, PLACE, Mode::empty()).during("target")?,
    };
    put(&tree, &target).during("move_mount")
}

/// How to open a directory to mount on.
pub const PLACE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Attaches a mount that is attached nowhere.
pub fn put(tree: &OwnedFd, place: &OwnedFd) -> IoResult<()> {
    let ways = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(tree, "", place, "", ways)
}

/// The mount, attached nowhere yet.
fn make(plan: &Plan, flags: MountAttrFlags) -> Step<OwnedFd> {
    let lowers = plan.lowers.iter().map(|path| Layer::open(path, "lower")).collect::<Step<Vec<_>>>()?;
    let (upper, work) = (Layer::open(&plan.upper, "upper")?, Layer::open(&plan.work, "work")?);
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).during("fsopen")?;
    let context = context.as_fd();
    let say = |step| move |errno| Failure::new(step, Some(errno), log(context));

    fsconfig_set_string(context, "source", &*plan.source).map_err(say("source"))?;
    layers::set_lowers(context, &lowers, plan.layers_by_path).map_err(say("lowerdir"))?;
    layers::set(context, "upperdir", &upper, plan.layers_by_path).map_err(say("upperdir"))?;
    layers::set(context, "workdir", &work, plan.layers_by_path).map_err(say("workdir"))?;
    for option in &plan.options {
        set_option(context, option).map_err(say("option"))?;
    }
    // What is in the log so far are tries that another way made good.
    drop(log(context));
    fsconfig_create(context).map_err(say("create"))?;
    fsmount(context, FsMountFlags::FSMOUNT_CLOEXEC, flags).map_err(say("fsmount"))
}

fn set_option(context: BorrowedFd<'_>, (key, value): &(Vec<u8>, Option<Vec<u8>>)) -> IoResult<()> {
    match value {
        Some(value) => fsconfig_set_string(context, &**key, &**value),
        None => fsconfig_set_flag(context, &**key),
    }
}

fn attribute(name: &[u8]) -> Step<MountAttrFlags> {
    Ok(match name {
        b"nosuid" => MountAttrFlags::MOUNT_ATTR_NOSUID,
        b"nodev" => MountAttrFlags::MOUNT_ATTR_NODEV,
        b"noexec" => MountAttrFlags::MOUNT_ATTR_NOEXEC,
        b"ro" => MountAttrFlags::MOUNT_ATTR_RDONLY,
        b"noatime" => MountAttrFlags::MOUNT_ATTR_NOATIME,
        b"nosymfollow" => MountAttrFlags::MOUNT_ATTR_NOSYMFOLLOW,
        _ => {
            let message = format!("unknown flag {}", String::from_utf8_lossy(name));
            return Err(Failure::new("plan", None, message));
        }
    })
}

/// What the kernel has to say: one line a read, `e overlay: …`, until nothing is left (ENODATA).
fn log(context: BorrowedFd<'_>) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match read(context, &mut buffer) {
            Ok(length) if length > 0 => {
                lines.push(String::from_utf8_lossy(&buffer[..length]).trim().to_owned());
            }
            Err(Errno::INTR) => {}
            // A line longer than the buffer is lost, those after it are not.
            Err(Errno::MSGSIZE) => lines.push("(a longer message)".to_owned()),
            _ => return lines.join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_flags_of_a_mount() {
        assert_eq!(attribute(b"nosuid").unwrap(), MountAttrFlags::MOUNT_ATTR_NOSUID);
        assert!(attribute(b"suid").is_err());
    }
}
