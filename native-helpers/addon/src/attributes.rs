//! Mode, owner and times of an entry, never of what a symlink points at.

use crate::error::{During, SysResult, fail};
use crate::open;
use crate::stat;
use crate::xattr::proc_path;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, FileType, Gid, Mode, Timespec, Timestamps, Uid, chmod, chownat, utimensat};
use rustix::io::Errno;

/// EOPNOTSUPP for a symlink: it has no mode, and some kernels would set one all the same.
pub fn set_mode(dir: BorrowedFd<'_>, name: &[u8], mode: u32) -> SysResult<()> {
    let fd = open::entry(dir, name, "fchmodat")?;
    if stat::of_fd(fd.as_fd())?.file_type() == FileType::Symlink {
        return fail(Errno::OPNOTSUPP, "fchmodat");
    }
    // Before fchmodat2 (6.6) nothing else changes a mode by an O_PATH descriptor.
    chmod(proc_path(&fd), Mode::from_raw_mode(mode & 0o7777)).during("fchmodat")
}

pub fn set_owner(dir: BorrowedFd<'_>, name: &[u8], uid: u32, gid: u32) -> SysResult<()> {
    let fd = open::entry(dir, name, "fchownat")?;
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    chownat(&fd, "", Some(uid), Some(gid), AtFlags::EMPTY_PATH).during("fchownat")
}

pub fn set_times(dir: BorrowedFd<'_>, name: &[u8], accessed: i64, modified: i64) -> SysResult<()> {
    let fd = open::entry(dir, name, "utimensat")?;
    let times = Timestamps { last_access: timespec(accessed), last_modification: timespec(modified) };
    utimensat(&fd, "", &times, AtFlags::EMPTY_PATH).during("utimensat")
}

fn timespec(nanoseconds: i64) -> Timespec {
    Timespec { tv_sec: nanoseconds.div_euclid(1_000_000_000), tv_nsec: nanoseconds.rem_euclid(1_000_000_000) }
}

#[cfg(test)]
mod tests {
    use super::timespec;

    #[test]
    fn counts_down_before_1970() {
        let time = timespec(-1);
        assert_eq!((time.tv_sec, time.tv_nsec), (-1, 999_999_999));
    }
}
