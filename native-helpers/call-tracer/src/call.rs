//! The calls that change a file system, and where each names what it changes.

use libc::c_long;

/// Where a call names something that it changes: numbers of arguments.
#[derive(Clone, Copy)]
pub enum Place {
    /// A path below a directory's descriptor; the descriptor itself where the path is empty or null.
    At(usize, usize),
    Path(usize),
    Fd(usize),
}
use Place::{At, Fd, Path};

/// Which of the calls with this number count.
#[derive(Clone, Copy)]
pub enum When {
    Always,
    /// The argument holds open(2)'s flags, of which some are for writing.
    OpenedForWriting(usize),
    /// The argument points to openat2(2)'s `open_how`.
    HowForWriting(usize),
    /// ioctl(2)'s request shares extents or changes flags.
    ChangingRequest,
}
use When::{Always, ChangingRequest, HowForWriting, OpenedForWriting};

pub struct Call {
    pub number: c_long,
    pub name: &'static str,
    pub places: &'static [Place],
    pub when: When,
}

/// Flags of open(2) that create a file, cut one off, or let it be written.
pub const WRITING_FLAGS: u32 =
    (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | (libc::O_TMPFILE & !libc::O_DIRECTORY)).cast_unsigned();

/// `FICLONE`, `FICLONERANGE`, `FIDEDUPERANGE`, `FS_IOC_SETFLAGS`, `FS_IOC_FSSETXATTR`
pub const CHANGING_REQUESTS: [u32; 5] = [0x4004_9409, 0x4020_940d, 0xc018_9436, 0x4008_6602, 0x401c_5820];

const fn call(number: c_long, name: &'static str, places: &'static [Place]) -> Call {
    Call { number, name, places, when: Always }
}

pub const CALLS: &[Call] = &[
    Call { number: libc::SYS_openat, name: "openat", places: &[At(0, 1)], when: OpenedForWriting(2) },
    Call { number: libc::SYS_openat2, name: "openat2", places: &[At(0, 1)], when: HowForWriting(2) },
    Call { number: libc::SYS_ioctl, name: "ioctl", places: &[Fd(0)], when: ChangingRequest },
    call(libc::SYS_write, "write", &[Fd(0)]),
    call(libc::SYS_writev, "writev", &[Fd(0)]),
    call(libc::SYS_pwrite64, "pwrite64", &[Fd(0)]),
    call(libc::SYS_pwritev, "pwritev", &[Fd(0)]),
    call(libc::SYS_pwritev2, "pwritev2", &[Fd(0)]),
    call(libc::SYS_sendfile, "sendfile", &[Fd(0)]),
    call(libc::SYS_splice, "splice", &[Fd(2)]),
    call(libc::SYS_copy_file_range, "copy_file_range", &[Fd(2)]),
    call(libc::SYS_truncate, "truncate", &[Path(0)]),
    call(libc::SYS_ftruncate, "ftruncate", &[Fd(0)]),
    call(libc::SYS_fallocate, "fallocate", &[Fd(0)]),
    call(libc::SYS_renameat, "renameat", &[At(0, 1), At(2, 3)]),
    call(libc::SYS_renameat2, "renameat2", &[At(0, 1), At(2, 3)]),
    call(libc::SYS_linkat, "linkat", &[At(0, 1), At(2, 3)]),
    call(libc::SYS_symlinkat, "symlinkat", &[At(1, 2)]),
    call(libc::SYS_unlinkat, "unlinkat", &[At(0, 1)]),
    call(libc::SYS_mkdirat, "mkdirat", &[At(0, 1)]),
    call(libc::SYS_mknodat, "mknodat", &[At(0, 1)]),
    call(libc::SYS_fchmod, "fchmod", &[Fd(0)]),
    call(libc::SYS_fchmodat, "fchmodat", &[At(0, 1)]),
    call(SYS_FCHMODAT2, "fchmodat2", &[At(0, 1)]),
    call(libc::SYS_fchown, "fchown", &[Fd(0)]),
    call(libc::SYS_fchownat, "fchownat", &[At(0, 1)]),
    call(libc::SYS_utimensat, "utimensat", &[At(0, 1)]),
    call(libc::SYS_setxattr, "setxattr", &[Path(0)]),
    call(libc::SYS_lsetxattr, "lsetxattr", &[Path(0)]),
    call(libc::SYS_fsetxattr, "fsetxattr", &[Fd(0)]),
    call(SYS_SETXATTRAT, "setxattrat", &[At(0, 1)]),
    call(libc::SYS_removexattr, "removexattr", &[Path(0)]),
    call(libc::SYS_lremovexattr, "lremovexattr", &[Path(0)]),
    call(libc::SYS_fremovexattr, "fremovexattr", &[Fd(0)]),
    call(SYS_REMOVEXATTRAT, "removexattrat", &[At(0, 1)]),
    call(libc::SYS_fsync, "fsync", &[Fd(0)]),
    call(libc::SYS_fdatasync, "fdatasync", &[Fd(0)]),
    call(libc::SYS_sync_file_range, "sync_file_range", &[Fd(0)]),
    call(libc::SYS_syncfs, "syncfs", &[Fd(0)]),
    call(libc::SYS_mount, "mount", &[Path(1)]),
    call(libc::SYS_umount2, "umount2", &[Path(0)]),
    call(libc::SYS_move_mount, "move_mount", &[At(2, 3)]),
    call(SYS_MOUNT_SETATTR, "mount_setattr", &[At(0, 1)]),
];

/// One number on all architectures, and newer than some of libc's lists.
const SYS_MOUNT_SETATTR: c_long = 442;
const SYS_FCHMODAT2: c_long = 452;
const SYS_SETXATTRAT: c_long = 463;
const SYS_REMOVEXATTRAT: c_long = 466;

/// Those that arm64 never had.
#[cfg(target_arch = "x86_64")]
pub const OLD_CALLS: &[Call] = &[
    Call { number: libc::SYS_open, name: "open", places: &[Path(0)], when: OpenedForWriting(1) },
    call(libc::SYS_creat, "creat", &[Path(0)]),
    call(libc::SYS_rename, "rename", &[Path(0), Path(1)]),
    call(libc::SYS_link, "link", &[Path(0), Path(1)]),
    call(libc::SYS_symlink, "symlink", &[Path(1)]),
    call(libc::SYS_unlink, "unlink", &[Path(0)]),
    call(libc::SYS_mkdir, "mkdir", &[Path(0)]),
    call(libc::SYS_rmdir, "rmdir", &[Path(0)]),
    call(libc::SYS_mknod, "mknod", &[Path(0)]),
    call(libc::SYS_chmod, "chmod", &[Path(0)]),
    call(libc::SYS_chown, "chown", &[Path(0)]),
    call(libc::SYS_lchown, "lchown", &[Path(0)]),
    call(libc::SYS_utime, "utime", &[Path(0)]),
    call(libc::SYS_utimes, "utimes", &[Path(0)]),
    call(libc::SYS_futimesat, "futimesat", &[At(0, 1)]),
];
#[cfg(not(target_arch = "x86_64"))]
pub const OLD_CALLS: &[Call] = &[];

/// The call that a number stands for, if it is one that may change something.
pub fn by_number(number: c_long) -> Option<&'static Call> {
    CALLS.iter().chain(OLD_CALLS).find(|call| call.number == number)
}

#[cfg(test)]
mod tests {
    use super::{CALLS, OLD_CALLS, by_number};

    #[test]
    fn names_each_number_once() {
        for call in CALLS.iter().chain(OLD_CALLS) {
            assert_eq!(by_number(call.number).map(|found| found.name), Some(call.name));
        }
    }
}
