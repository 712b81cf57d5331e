//! Content of regular files.

use crate::error::{During, SysResult, fail, retry};
use crate::{open, stat};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::ftruncate;
use rustix::io::{Errno, pread, pwrite};

/// The whole file; EFBIG above `limit` bytes.
pub fn read_file(dir: BorrowedFd<'_>, name: &[u8], limit: u64) -> SysResult<Vec<u8>> {
    let fd = open::file(dir, name, false)?;
    let size = stat::of_fd(fd.as_fd())?.size();
    if size > limit {
        return fail(Errno::FBIG, "read");
    }
    // One byte more than the size, so that the read that finds the end needs no growth. The size is
    // only a hint: /proc says 0, and the file may grow meanwhile.
    let mut content = vec![0; usize::try_from(size).unwrap_or(0) + 1];
    let mut length = 0;
    loop {
        let count = read(fd.as_fd(), &mut content[length..], length as u64)?;
        length += count;
        if length as u64 > limit {
            return fail(Errno::FBIG, "read");
        }
        if count == 0 {
            content.truncate(length);
            return Ok(content);
        }
        if length == content.len() {
            content.resize(length * 2 + 4096, 0);
        }
    }
}

/// The whole file into `buffer`: its length, or nothing when it does not fit with a byte to spare.
pub fn read_file_into(dir: BorrowedFd<'_>, name: &[u8], buffer: &mut [u8]) -> SysResult<Option<usize>> {
    let fd = open::file(dir, name, false)?;
    let mut length = 0;
    while length < buffer.len() {
        match read(fd.as_fd(), &mut buffer[length..], length as u64)? {
            0 => return Ok(Some(length)),
            count => length += count,
        }
    }
    Ok(None)
}

/// Reads up to `buffer.len()` bytes; 0 at the end.
pub fn read(fd: BorrowedFd<'_>, buffer: &mut [u8], position: u64) -> SysResult<usize> {
    retry(|| pread(fd, &mut *buffer, position)).during("pread")
}

/// Writes all of `data`.
pub fn write(fd: BorrowedFd<'_>, data: &[u8], position: u64) -> SysResult<()> {
    let mut done = 0;
    while done < data.len() {
        match retry(|| pwrite(fd, &data[done..], position + done as u64)).during("pwrite")? {
            0 => return fail(Errno::IO, "pwrite"),
            count => done += count,
        }
    }
    Ok(())
}

pub fn truncate(fd: BorrowedFd<'_>, size: u64) -> SysResult<()> {
    retry(|| ftruncate(fd, size)).during("ftruncate")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;

    #[test]
    fn reads_up_to_the_limit() {
        let home = TestDir::new();
        fs::write(home.path("file"), "12345").unwrap();
        assert_eq!(read_file(home.fd(), b"file", 5).unwrap(), b"12345");
        assert_eq!(read_file(home.fd(), b"file", 4).unwrap_err().errno, Errno::FBIG);
    }

    #[test]
    fn reads_what_does_not_tell_its_size() {
        let proc = open::root(b"/proc/self").unwrap();
        let maps = read_file(proc.as_fd(), b"maps", u64::MAX).unwrap();
        assert!(maps.len() > 100 && maps.ends_with(b"\n"));
    }
}
