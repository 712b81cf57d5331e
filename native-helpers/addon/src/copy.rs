//! Copying content: reflinks, and extent by extent with holes kept.

use crate::error::{During, SysResult, retry};
use crate::stat;
use rustix::fd::BorrowedFd;
use rustix::fs::{SeekFrom, copy_file_range, ftruncate, ioctl_ficlone, seek};
use rustix::io::{Errno, pread, pwrite};

/// Shares all extents of `from`; `false` where the file systems cannot.
pub fn clone_content(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult<bool> {
    match retry(|| ioctl_ficlone(to, from)) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::XDEV | Errno::INVAL | Errno::NOTTY) => Ok(false),
        Err(errno) => Err(errno).during("ioctl_ficlone"),
    }
}

/// Copies data at or after `offset`, up to `limit` bytes. Answers where to go on; `None` at the end.
pub fn copy_content(from: BorrowedFd<'_>, to: BorrowedFd<'_>, offset: u64, limit: u64) -> SysResult<Option<u64>> {
    let mut at = offset;
    let mut left = limit.max(1);
    while left > 0 {
        let Some((start, end)) = next_data(from, at)? else {
            return finish(from, to);
        };
        let length = (end - start).min(left);
        let copied = copy_range(from, to, start, length)?;
        if copied == 0 {
            // The file was cut short meanwhile.
            return finish(from, to);
        }
        at = start + copied;
        left -= copied;
    }
    Ok(Some(at))
}

/// A hole at the end has no data to copy: the size makes it.
fn finish(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult<Option<u64>> {
    let size = stat::of_fd(from)?.size();
    retry(|| ftruncate(to, size)).during("ftruncate")?;
    Ok(None)
}

/// The next range at or after `at` that holds data, as start and end; a file system that knows no holes says that all is data.
pub fn next_data(fd: BorrowedFd<'_>, at: u64) -> SysResult<Option<(u64, u64)>> {
    match seek(fd, SeekFrom::Data(at)) {
        Ok(start) => match seek(fd, SeekFrom::Hole(start)) {
            Ok(end) => Ok(Some((start, end.max(start + 1)))),
            // Cut short in between.
            Err(Errno::NXIO) => Ok(None),
            Err(errno) => Err(errno).during("lseek"),
        },
        Err(Errno::NXIO) => Ok(None),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => {
            let size = stat::of_fd(fd)?.size();
            Ok((at < size).then_some((at, size)))
        }
        Err(errno) => Err(errno).during("lseek"),
    }
}

/// Copies some of a range; 0 only at the end of `from`.
fn copy_range(from: BorrowedFd<'_>, to: BorrowedFd<'_>, start: u64, length: u64) -> SysResult<u64> {
    let (mut from_at, mut to_at) = (start, start);
    let chunk = usize::try_from(length).unwrap_or(usize::MAX).min(1 << 30);
    match retry(|| copy_file_range(from, Some(&mut from_at), to, Some(&mut to_at), chunk)) {
        // Some file systems copy nothing without an error: only a read knows the end.
        Ok(0) | Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            read_and_write(from, to, start, chunk)
        }
        answer => answer.map(|copied| copied as u64).during("copy_file_range"),
    }
}

fn read_and_write(from: BorrowedFd<'_>, to: BorrowedFd<'_>, start: u64, length: usize) -> SysResult<u64> {
    let mut buffer = vec![0; length.min(256 * 1024)];
    let count = retry(|| pread(from, &mut buffer, start)).during("pread")?;
    let mut written = 0;
    while written < count {
        let at = start + written as u64;
        written += retry(|| pwrite(to, &buffer[written..count], at)).during("pwrite")?;
    }
    Ok(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;
    use crate::test_dir::TestDir;
    use rustix::fd::AsFd;
    use std::fs;
    use std::os::unix::fs::{FileExt, MetadataExt};

    #[test]
    fn keeps_holes_whatever_the_step() {
        let home = TestDir::new();
        let source = fs::File::create(home.path("from")).unwrap();
        source.write_all_at(b"data", 3 << 20).unwrap();
        source.set_len(9 << 20).unwrap();
        for limit in [1000, 1 << 30] {
            let from = open::file(home.fd(), b"from", false).unwrap();
            let to = open::create(home.fd(), b"to", 0o600).unwrap();
            let mut at = 0;
            while let Some(next) = copy_content(from.as_fd(), to.as_fd(), at, limit).unwrap() {
                assert!(next > at);
                at = next;
            }
            assert_eq!(fs::read(home.path("to")).unwrap(), fs::read(home.path("from")).unwrap());
            assert!(fs::metadata(home.path("to")).unwrap().blocks() < 64);
            fs::remove_file(home.path("to")).unwrap();
        }
    }

    #[test]
    fn reads_and_writes_where_the_kernel_cannot_copy() {
        let home = TestDir::new();
        fs::write(home.path("from"), vec![7; 300_000]).unwrap();
        let from = open::file(home.fd(), b"from", false).unwrap();
        let to = open::create(home.fd(), b"to", 0o600).unwrap();
        let first = read_and_write(from.as_fd(), to.as_fd(), 0, 300_000).unwrap();
        let rest = read_and_write(from.as_fd(), to.as_fd(), first, 300_000).unwrap();
        assert_eq!(first + rest, 300_000);
        assert_eq!(read_and_write(from.as_fd(), to.as_fd(), 300_000, 10), Ok(0));
        assert_eq!(fs::read(home.path("to")).unwrap(), vec![7; 300_000]);
    }
}
