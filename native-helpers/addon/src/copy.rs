//! Copying content: reflinks, and extent by extent with holes kept.

use crate::error::{During, SysResult, retry};
use crate::{read_write, stat};
use rustix::fd::BorrowedFd;
use rustix::fs::{SeekFrom, copy_file_range, ioctl_ficlone, seek};
use rustix::io::{Errno, pread};

/// Whether a file could be cloned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloned {
    Yes,
    /// Another one may be: btrfs, say, wants both to be checksummed, or neither.
    NotThisFile,
    /// Nor can any other between these two file systems.
    Never,
}

pub fn try_clone(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult<Cloned> {
    match retry(|| ioctl_ficlone(to, from)) {
        Ok(()) => Ok(Cloned::Yes),
        Err(Errno::INVAL) => Ok(Cloned::NotThisFile),
        Err(Errno::OPNOTSUPP | Errno::XDEV | Errno::NOTTY) => Ok(Cloned::Never),
        Err(errno) => Err(errno).during("ioctl_ficlone"),
    }
}

/// Shares all extents of `from`; `false` where the file systems cannot.
pub fn clone_content(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult<bool> {
    Ok(try_clone(from, to)? == Cloned::Yes)
}

/// Copies data at or after `offset`, up to `limit` bytes. Answers where to go on; `None` at the end.
pub fn copy_content(from: BorrowedFd<'_>, to: BorrowedFd<'_>, offset: u64, limit: u64) -> SysResult<Option<u64>> {
    let size = stat::of_fd(from)?.size();
    copy_piece(from, to, offset, limit, size, &mut Vec::new())
}

/// Copies up to `length` bytes from `from_at` to `to_at`, in the kernel: where both are at the beginning of a block and the file system can,
/// blocks are shared. Answers how many were copied: fewer at the end of `from`, and none where the two file systems do not do this.
pub fn copy_between(from: BorrowedFd<'_>, from_at: u64, to: BorrowedFd<'_>, to_at: u64, length: u64) -> SysResult<u64> {
    let (mut source, mut target) = (from_at, to_at);
    while source - from_at < length {
        let left = usize::try_from(length - (source - from_at)).unwrap_or(usize::MAX).min(1 << 30);
        match retry(|| copy_file_range(from, Some(&mut source), to, Some(&mut target), left)) {
            Ok(0) | Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => break,
            Ok(_) => {}
            Err(errno) => return Err(errno).during("copy_file_range"),
        }
    }
    Ok(source - from_at)
}

/// As [`copy_content`], for a file of which no more than `size` bytes count. `room` is used again and again.
pub fn copy_piece(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    offset: u64,
    limit: u64,
    size: u64,
    room: &mut Vec<u8>,
) -> SysResult<Option<u64>> {
    let mut at = offset;
    let mut left = limit.max(1);
    while left > 0 {
        let Some(data) = data_before(from, at, size)? else {
            // A hole at the end has no data to copy: the size makes it.
            read_write::truncate(to, size)?;
            return Ok(None);
        };
        let length = (data.end - data.start).min(left);
        let copied = copy_range(from, to, &data, length, room)?;
        if copied == 0 {
            // The file was cut short meanwhile.
            read_write::truncate(to, size)?;
            return Ok(None);
        }
        at = data.start + copied;
        left -= copied;
        if at == size && !data.may_be_zeros {
            return Ok(None);
        }
    }
    Ok(Some(at))
}

/// A range that holds data.
struct Data {
    start: u64,
    end: u64,
    /// It has holes that the file system does not tell: what is all zeros is taken for one.
    may_be_zeros: bool,
}

/// The next range at or after `at` that holds data, as start and end; a file system that knows no holes says that all is data.
pub fn next_data(fd: BorrowedFd<'_>, at: u64) -> SysResult<Option<(u64, u64)>> {
    let size = stat::of_fd(fd)?.size();
    Ok(data_before(fd, at, size)?.map(|data| (data.start, data.end)))
}

/// The next range at or after `at` that holds data, as far as `size`.
fn data_before(fd: BorrowedFd<'_>, at: u64, size: u64) -> SysResult<Option<Data>> {
    if at >= size {
        return Ok(None);
    }
    match seek(fd, SeekFrom::Data(at)) {
        Ok(start) if start >= size => Ok(None),
        Ok(start) => match seek(fd, SeekFrom::Hole(start)) {
            Ok(end) => Ok(Some(Data { start, end: end.clamp(start + 1, size), may_be_zeros: false })),
            // Cut short in between.
            Err(Errno::NXIO) => Ok(None),
            Err(errno) => Err(errno).during("lseek"),
        },
        Err(Errno::NXIO) => Ok(None),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => {
            let may_be_zeros = stat::of_fd(fd)?.allocated() < size;
            Ok(Some(Data { start: at, end: size, may_be_zeros }))
        }
        Err(errno) => Err(errno).during("lseek"),
    }
}

/// Copies some of a range, from its start; 0 only at the end of `from`.
fn copy_range(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    data: &Data,
    length: u64,
    room: &mut Vec<u8>,
) -> SysResult<u64> {
    let chunk = usize::try_from(length).unwrap_or(usize::MAX).min(1 << 30);
    if data.may_be_zeros {
        return read_and_write(from, to, data, chunk, room);
    }
    let (mut from_at, mut to_at) = (data.start, data.start);
    match retry(|| copy_file_range(from, Some(&mut from_at), to, Some(&mut to_at), chunk)) {
        // Some file systems copy nothing without an error: only a read knows the end.
        Ok(0) | Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            read_and_write(from, to, data, chunk, room)
        }
        answer => answer.map(|copied| copied as u64).during("copy_file_range"),
    }
}

const ROOM: usize = 256 << 10;

/// What is looked at for zeros at a time: the block of most file systems.
const BLOCK: usize = 4096;

fn read_and_write(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    data: &Data,
    length: usize,
    room: &mut Vec<u8>,
) -> SysResult<u64> {
    let length = length.min(ROOM);
    if room.len() < length {
        room.resize(if data.may_be_zeros { ROOM } else { length.next_power_of_two() }, 0);
    }
    let count = retry(|| pread(from, &mut room[..length], data.start)).during("pread")?;
    let read = &room[..count];
    if !data.may_be_zeros {
        read_write::write(to, read, data.start)?;
        return Ok(count as u64);
    }
    for (index, block) in read.chunks(BLOCK).enumerate() {
        if block.iter().any(|&byte| byte != 0) {
            read_write::write(to, block, data.start + (index * BLOCK) as u64)?;
        }
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
        let mut room = Vec::new();
        let mut copy = |start, length| {
            let data = Data { start, end: 300_000, may_be_zeros: false };
            read_and_write(from.as_fd(), to.as_fd(), &data, length, &mut room)
        };
        let first = copy(0, 300_000).unwrap();
        let rest = copy(first, 300_000).unwrap();
        assert_eq!(first + rest, 300_000);
        assert_eq!(copy(300_000, 10), Ok(0));
        assert_eq!(fs::read(home.path("to")).unwrap(), vec![7; 300_000]);
    }

    #[test]
    fn takes_zeros_for_holes_where_the_file_system_does_not_tell_them() {
        let home = TestDir::new();
        let mut content = vec![0; 1 << 20];
        content[300_000] = 7;
        content[900_000..950_000].fill(8);
        fs::write(home.path("from"), &content).unwrap();
        let from = open::file(home.fd(), b"from", false).unwrap();
        let to = open::create(home.fd(), b"to", 0o600).unwrap();
        let mut room = Vec::new();
        let mut at = 0;
        while at < content.len() as u64 {
            let data = Data { start: at, end: content.len() as u64, may_be_zeros: true };
            at += read_and_write(from.as_fd(), to.as_fd(), &data, content.len(), &mut room).unwrap();
        }
        read_write::truncate(to.as_fd(), at).unwrap();
        assert_eq!(fs::read(home.path("to")).unwrap(), content);
        assert!(fs::metadata(home.path("to")).unwrap().blocks() <= 15 * 8);
    }
}
