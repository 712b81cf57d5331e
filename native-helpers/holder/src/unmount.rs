//! Unmounting in the namespaces of another holder.

use crate::answer::{self, During, Failure, Step};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, fstat, openat};
use rustix::mount::{UnmountFlags, unmount as unmount_at};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use std::io::Read;
use std::process::ExitCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    pid: u32,
    /// Clock ticks since boot, field 22 of /proc/<pid>/stat; not compared when it is not given.
    start: Option<u64>,
}

pub fn parse(options: &[&str]) -> Option<Holder> {
    match options {
        ["--pid", pid] => Some(Holder { pid: pid.parse().ok()?, start: None }),
        ["--pid", pid, "--start", start] => Some(Holder { pid: pid.parse().ok()?, start: Some(start.parse().ok()?) }),
        _ => None,
    }
}

pub fn unmount(holder: Holder, target: &[u8]) -> Step<ExitCode> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    // Everything goes by this descriptor: it stays that of one process, also when its id is used again.
    let process = openat(CWD, format!("/proc/{}", holder.pid), flags | OFlags::DIRECTORY, Mode::empty());
    let process = process.during("process")?;
    if let Some(start) = holder.start
        && start_of(process.as_fd())? != Some(start)
    {
        return Err(Failure::new("process", None, "the process is another than the one that was meant"));
    }
    let user = openat(&process, "ns/user", flags, Mode::empty()).during("process")?;
    let mounts = openat(&process, "ns/mnt", flags, Mode::empty()).during("process")?;
    join(&user, "/proc/self/ns/user", LinkNameSpaceType::User)?;
    join(&mounts, "/proc/self/ns/mnt", LinkNameSpaceType::Mount)?;
    unmount_at(target, UnmountFlags::NOFOLLOW).during("unmount")?;
    answer::say(&answer::success(holder.pid));
    Ok(ExitCode::SUCCESS)
}

/// Joining the user namespace that one is in already is an error.
fn join(theirs: &OwnedFd, ours: &str, kind: LinkNameSpaceType) -> Step<()> {
    let ours = openat(CWD, ours, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).during("setns")?;
    let (ours, theirs_id) = (fstat(&ours).during("setns")?, fstat(theirs).during("setns")?);
    if (ours.st_dev, ours.st_ino) == (theirs_id.st_dev, theirs_id.st_ino) {
        return Ok(());
    }
    move_into_link_name_space(theirs.as_fd(), Some(kind)).during("setns")
}

fn start_of(process: BorrowedFd<'_>) -> Step<Option<u64>> {
    let stat = openat(process, "stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).during("process")?;
    let mut line = Vec::new();
    std::fs::File::from(stat).read_to_end(&mut line).during("process")?;
    Ok(start_in(&line))
}

/// Field 22. The second, the command in parentheses, may hold spaces and parentheses.
fn start_in(line: &[u8]) -> Option<u64> {
    let command_end = line.iter().rposition(|&byte| byte == b')')?;
    let fields = std::str::from_utf8(&line[command_end + 1..]).ok()?;
    fields.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_options() {
        assert_eq!(parse(&["--pid", "12"]), Some(Holder { pid: 12, start: None }));
        assert_eq!(parse(&["--pid", "12", "--start", "99"]), Some(Holder { pid: 12, start: Some(99) }));
        for wrong in [&[][..], &["--pid"], &["--pid", "x"], &["--pid", "-1"], &["--start", "1"]] {
            assert_eq!(parse(wrong), None);
        }
    }

    #[test]
    fn finds_the_start_after_an_odd_command() {
        let line = b"7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8451 9 10";
        assert_eq!(start_in(line), Some(8451));
        assert_eq!(start_in(b"7 (cut off) S 1"), None);
    }

    #[test]
    fn agrees_with_the_kernel_about_itself() {
        let process = openat(CWD, "/proc/self", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        assert!(start_of(process.as_fd()).unwrap().is_some_and(|start| start > 0));
    }
}
