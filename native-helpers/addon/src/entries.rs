//! Making, moving and removing entries.

use crate::attributes;
use crate::error::{During, SysResult, fail, retry};
use crate::name::component;
use crate::stat;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, FileType, Mode, RenameFlags, linkat, makedev, mkdirat, mknodat, readlinkat, renameat_with};
use rustix::fs::{symlinkat, unlinkat};
use rustix::io::Errno;

pub fn read_link(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<Vec<u8>> {
    let name = component(name, "readlinkat")?;
    readlinkat(dir, name, Vec::with_capacity(256)).map(Into::into).during("readlinkat")
}

/// Makes a directory with exactly `mode`, whatever the umask.
pub fn make_dir(dir: BorrowedFd<'_>, name: &[u8], mode: u32) -> SysResult<()> {
    let name = component(name, "mkdirat")?;
    retry(|| mkdirat(dir, name, Mode::from_raw_mode(mode & 0o7777))).during("mkdirat")?;
    make_exact(dir, name, mode, AtFlags::REMOVEDIR)
}

/// Makes a device node, FIFO or socket with exactly `mode`.
pub fn make_node(
    dir: BorrowedFd<'_>,
    name: &[u8],
    kind: FileType,
    mode: u32,
    (major, minor): (u32, u32),
) -> SysResult<()> {
    let name = component(name, "mknodat")?;
    let device = makedev(major, minor);
    retry(|| mknodat(dir, name, kind, Mode::from_raw_mode(mode & 0o7777), device)).during("mknodat")?;
    make_exact(dir, name, mode, AtFlags::empty())
}

/// The kernel takes the umask, and a directory's setgid bit, into account: what was asked for counts.
fn make_exact(dir: BorrowedFd<'_>, name: &[u8], mode: u32, removal: AtFlags) -> SysResult<()> {
    let set = match stat::of_entry(dir, name)? {
        Some(stat) if stat.mode() == mode & 0o7777 => return Ok(()),
        Some(_) => attributes::set_mode(dir, name, mode),
        None => return fail(Errno::NOENT, "statx"),
    };
    if set.is_err() {
        let _ = unlinkat(dir, name, removal);
    }
    set
}

pub fn make_symlink(target: &[u8], dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<()> {
    let name = component(name, "symlinkat")?;
    symlinkat(target, dir, name).during("symlinkat")
}

/// A second name for an entry; a symlink itself is linked, not its target.
pub fn link(from_dir: BorrowedFd<'_>, from: &[u8], to_dir: BorrowedFd<'_>, to: &[u8]) -> SysResult<()> {
    let (from, to) = (component(from, "linkat")?, component(to, "linkat")?);
    linkat(from_dir, from, to_dir, to, AtFlags::empty()).during("linkat")
}

pub fn unlink(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<()> {
    unlinkat(dir, component(name, "unlinkat")?, AtFlags::empty()).during("unlinkat")
}

pub fn remove_dir(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<()> {
    unlinkat(dir, component(name, "unlinkat")?, AtFlags::REMOVEDIR).during("unlinkat")
}

pub fn rename(
    from_dir: BorrowedFd<'_>,
    from: &[u8],
    to_dir: BorrowedFd<'_>,
    to: &[u8],
    flags: RenameFlags,
) -> SysResult<()> {
    let (from, to) = (component(from, "renameat2")?, component(to, "renameat2")?);
    renameat_with(from_dir, from, to_dir, to, flags).during("renameat2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;

    #[test]
    fn exchanges_without_losing_either() {
        let home = TestDir::new();
        fs::write(home.path("one"), "1").unwrap();
        fs::write(home.path("two"), "2").unwrap();
        rename(home.fd(), b"one", home.fd(), b"two", RenameFlags::EXCHANGE).unwrap();
        assert_eq!(fs::read(home.path("one")).unwrap(), b"2");
        let taken = rename(home.fd(), b"one", home.fd(), b"two", RenameFlags::NOREPLACE);
        assert_eq!(taken.unwrap_err().errno, Errno::EXIST);
    }

    #[test]
    fn keeps_the_bytes_of_a_target() {
        let home = TestDir::new();
        make_symlink(b"\xff\n", home.fd(), b"link").unwrap();
        assert_eq!(read_link(home.fd(), b"link").unwrap(), b"\xff\n");
    }
}
