//! Opening beneath a directory: no link is followed, no mount crossed, nothing outside reached.

use crate::error::{During, SysResult, fail, retry};
use crate::name::{component, component_or_self, pieces};
use crate::stat;
use crate::xattr::proc_path;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::{Errno, Result as IoResult};

const OPENAT2: &str = "openat2";

fn beneath() -> ResolveFlags {
    ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV
}

/// `openat2(2)` with every restriction. The kernel answers EAGAIN when a rename elsewhere raced with
/// the lookup and asks the caller to try again; a lease on the file gives EAGAIN too, so not for ever.
fn open_beneath(dir: BorrowedFd<'_>, path: &[u8], flags: OFlags, mode: Mode) -> IoResult<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut tries_left = 100;
    loop {
        match retry(|| openat2(dir, path, flags, mode, beneath())) {
            Err(Errno::AGAIN) if tries_left > 0 => tries_left -= 1,
            done => return done,
        }
    }
}

/// Opens a directory by absolute path, following links.
pub fn root(path: &[u8]) -> SysResult<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry(|| openat(CWD, path, flags, Mode::empty())).during("open")
}

/// Opens the directory at `path` below `dir`, of any length; an empty path opens `dir` again.
pub fn dir(dir: BorrowedFd<'_>, path: &[u8]) -> SysResult<OwnedFd> {
    let path = if path.is_empty() { b"." } else { path };
    open_below(dir, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
}

/// Opens what is at `path` below `dir`, of any length.
fn open_below(dir: BorrowedFd<'_>, path: &[u8], flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
    let Some(pieces) = pieces(path) else {
        return fail(Errno::NAMETOOLONG, OPENAT2);
    };
    let (last, hops) = pieces.split_last().unwrap_or((&path, &[]));
    let mut hop: Option<OwnedFd> = None;
    for piece in hops {
        let from = hop.as_ref().map_or(dir, AsFd::as_fd);
        hop = Some(open_beneath(from, piece, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).during(OPENAT2)?);
    }
    let from = hop.as_ref().map_or(dir, AsFd::as_fd);
    open_beneath(from, last, flags, mode).during(OPENAT2)
}

/// Opens the file at `path` below `dir`, of any length, for reading. Its type is for the caller to look at.
pub fn file_below(dir: BorrowedFd<'_>, path: &[u8]) -> SysResult<OwnedFd> {
    open_below(dir, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())
}

/// Creates a regular file at `path` below `dir`, of any length, for writing. The umask counts.
pub fn create_below(dir: BorrowedFd<'_>, path: &[u8], mode: u32) -> SysResult<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOCTTY;
    open_below(dir, path, flags, Mode::from_raw_mode(mode))
}

/// Opens an entry of any type, or `.`, for nothing but naming it (`O_PATH`); a symlink itself, not its target.
pub fn entry(dir: BorrowedFd<'_>, name: &[u8], syscall: &'static str) -> SysResult<OwnedFd> {
    open_beneath(dir, component_or_self(name, syscall)?, OFlags::PATH, Mode::empty()).during(syscall)
}

/// Opens one component, or `.`, with the given flags; never blocks on a FIFO.
pub fn one(dir: BorrowedFd<'_>, name: &[u8], flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
    let quiet = if flags.contains(OFlags::PATH) { OFlags::empty() } else { OFlags::NONBLOCK | OFlags::NOCTTY };
    open_beneath(dir, component_or_self(name, OPENAT2)?, flags | quiet, mode).during(OPENAT2)
}

/// Opens anew what a descriptor is open on, though it may have no name any more.
pub fn again(fd: BorrowedFd<'_>, flags: OFlags) -> SysResult<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    retry(|| openat(CWD, proc_path(&fd).as_slice(), flags, Mode::empty())).during("open")
}

/// Opens a regular file; ELOOP for a symlink, EISDIR for a directory, EINVAL for anything else.
pub fn file(dir: BorrowedFd<'_>, name: &[u8], writable: bool) -> SysResult<OwnedFd> {
    let access = if writable { OFlags::RDWR } else { OFlags::RDONLY };
    // Without O_NONBLOCK a FIFO would wait for its other end.
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = match open_beneath(dir, component(name, OPENAT2)?, flags, Mode::empty()) {
        // A socket, and a device that nothing drives (a whiteout).
        Err(Errno::NXIO | Errno::NODEV) => return fail(Errno::INVAL, OPENAT2),
        answer => answer.during(OPENAT2)?,
    };
    match stat::of_fd(fd.as_fd())?.file_type() {
        FileType::RegularFile => Ok(fd),
        FileType::Directory => fail(Errno::ISDIR, OPENAT2),
        _ => fail(Errno::INVAL, OPENAT2),
    }
}

/// Creates a regular file with exactly `mode`, whatever the umask and the directory's default ACL say.
pub fn create(dir: BorrowedFd<'_>, name: &[u8], mode: u32) -> SysResult<OwnedFd> {
    let name = component(name, OPENAT2)?;
    let mode = Mode::from_raw_mode(mode & 0o7777);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOCTTY;
    let fd = open_beneath(dir, name, flags, mode).during(OPENAT2)?;
    let made = stat::of_fd(fd.as_fd())?.mode();
    if made != mode.as_raw_mode()
        && let Err(errno) = rustix::fs::fchmod(&fd, mode)
    {
        // What could not be made as asked must not stay behind.
        let _ = rustix::fs::unlinkat(dir, name, rustix::fs::AtFlags::empty());
        return fail(errno, "fchmod");
    }
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn errno<T>(answer: SysResult<T>) -> Errno {
        answer.err().unwrap().errno
    }

    #[test]
    fn never_leaves_its_directory() {
        let home = TestDir::new();
        symlink("/", home.path("outside")).unwrap();
        assert_eq!(errno(dir(home.fd(), b"..")), Errno::XDEV);
        assert_eq!(errno(dir(home.fd(), b"/etc")), Errno::XDEV);
        assert_eq!(errno(dir(home.fd(), b"outside/etc")), Errno::LOOP);
        assert_eq!(errno(file(home.fd(), b"../x", false)), Errno::INVAL);
    }

    #[test]
    fn does_not_wait_for_a_fifo() {
        let home = TestDir::new();
        rustix::fs::mkfifoat(home.fd(), "fifo", Mode::RUSR | Mode::WUSR).unwrap();
        assert_eq!(errno(file(home.fd(), b"fifo", false)), Errno::INVAL);
        assert_eq!(errno(file(home.fd(), b"fifo", true)), Errno::INVAL);
    }

    #[test]
    fn opens_a_path_longer_than_one_call_takes() {
        let home = TestDir::new();
        let mut at = dir(home.fd(), b"").unwrap();
        let name = "d".repeat(250);
        for _ in 0..40 {
            rustix::fs::mkdirat(&at, &*name, Mode::RWXU).unwrap();
            at = dir(at.as_fd(), name.as_bytes()).unwrap();
        }
        let path = vec![name; 40].join("/");
        let found = stat::of_fd(dir(home.fd(), path.as_bytes()).unwrap().as_fd()).unwrap();
        assert_eq!(found.pack()[10], stat::of_fd(at.as_fd()).unwrap().pack()[10]);
    }

    #[test]
    fn creates_with_the_mode_that_was_asked_for() {
        let home = TestDir::new();
        let fd = create(home.fd(), b"file", 0o6777).unwrap();
        assert_eq!(stat::of_fd(fd.as_fd()).unwrap().mode(), 0o6777);
        assert_eq!(errno(create(home.fd(), b"file", 0o600)), Errno::EXIST);
        assert!(fs::exists(home.path("file")).unwrap());
    }
}
