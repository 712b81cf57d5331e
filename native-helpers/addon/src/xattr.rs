//! Extended attributes of an entry, never of what a symlink points at.
//!
//! The kernel takes no directory descriptor for xattrs before 6.13, so an entry is named through /proc.

use crate::error::{During, SysResult, retry};
use crate::open;
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{XattrFlags, getxattr, lgetxattr, listxattr, llistxattr, removexattr, setxattr};
use rustix::io::{Errno, Result as IoResult};

pub type Attributes = Vec<(Vec<u8>, Vec<u8>)>;

/// The path of an open descriptor: reaches exactly what it is open on, also a symlink itself.
pub fn proc_path(fd: &impl AsRawFd) -> Vec<u8> {
    format!("/proc/self/fd/{}", fd.as_raw_fd()).into_bytes()
}

fn open(dir: BorrowedFd<'_>, name: &[u8], syscall: &'static str) -> SysResult<(OwnedFd, Vec<u8>)> {
    let fd = open::entry(dir, name, syscall)?;
    let path = proc_path(&fd);
    Ok((fd, path))
}

pub fn all(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<Attributes> {
    let (_fd, path) = open(dir, name, "listxattr")?;
    collect(|into| listxattr(&*path, into), |key, into| getxattr(&*path, key, into))
}

/// As [`all`], without an open: for scans, where most entries have none.
pub fn all_by_path(path: &[u8]) -> SysResult<Attributes> {
    collect(|into| llistxattr(path, into), |key, into| lgetxattr(path, key, into))
}

pub fn set(dir: BorrowedFd<'_>, name: &[u8], key: &[u8], value: &[u8]) -> SysResult<()> {
    let (_fd, path) = open(dir, name, "setxattr")?;
    setxattr(&*path, key, value, XattrFlags::empty()).during("setxattr")
}

pub fn remove(dir: BorrowedFd<'_>, name: &[u8], key: &[u8]) -> SysResult<()> {
    let (_fd, path) = open(dir, name, "removexattr")?;
    removexattr(&*path, key).during("removexattr")
}

fn collect(
    list: impl Fn(&mut [u8]) -> IoResult<usize>,
    get: impl Fn(&[u8], &mut [u8]) -> IoResult<usize>,
) -> SysResult<Attributes> {
    let keys = match whole(&list) {
        // The file system has no attributes.
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        answer => answer.during("listxattr")?,
    };
    let mut attributes = Vec::new();
    for key in keys.split(|&byte| byte == 0).filter(|key| !key.is_empty()) {
        match whole(|into| get(key, into)) {
            // Removed since it was listed.
            Err(Errno::NODATA) => {}
            answer => attributes.push((key.to_vec(), answer.during("getxattr")?)),
        }
    }
    Ok(attributes)
}

/// Reads an answer whose size is not known before; it may grow between two tries.
fn whole(read: impl Fn(&mut [u8]) -> IoResult<usize>) -> IoResult<Vec<u8>> {
    let mut buffer = vec![0; 512];
    loop {
        match retry(|| read(&mut buffer)) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            // XATTR_SIZE_MAX and XATTR_LIST_MAX are 64 KiB: more cannot be asked for.
            Err(Errno::RANGE) if buffer.len() < 65536 => buffer.resize(buffer.len() * 4, 0),
            Err(errno) => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn reads_an_answer_that_grows_meanwhile() {
        let size = Cell::new(600);
        let answer = whole(|into| {
            if into.len() < size.get() {
                size.set(size.get() * 3);
                return Err(Errno::RANGE);
            }
            Ok(size.get())
        });
        assert_eq!(answer.map(|bytes| bytes.len()), Ok(size.get()));
        assert_eq!(whole(|_| Err(Errno::RANGE)), Err(Errno::RANGE));
    }

    #[test]
    fn leaves_out_a_key_that_was_removed_meanwhile() {
        let list = |into: &mut [u8]| {
            into[..14].copy_from_slice(b"user.a\0user.b\0");
            Ok(14)
        };
        let get = |key: &[u8], into: &mut [u8]| {
            into[0] = b'x';
            if key == b"user.a" { Err(Errno::NODATA) } else { Ok(1) }
        };
        assert_eq!(collect(list, get), Ok(vec![(b"user.b".to_vec(), b"x".to_vec())]));
    }

    #[test]
    fn has_none_where_the_file_system_keeps_none() {
        assert_eq!(collect(|_| Err(Errno::OPNOTSUPP), |_, _| Ok(0)), Ok(vec![]));
    }
}
