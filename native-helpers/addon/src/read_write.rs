//! Content of regular files.

use crate::error::{During, SysResult, fail, retry};
use crate::{open, stat};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::ftruncate;
use rustix::io::{Errno, pread, pwrite};
use std::cell::RefCell;

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
    read_open_into(open::file(dir, name, false)?.as_fd(), buffer)
}

/// As [`read_file_into`], of a file that is open.
pub fn read_open_into(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> SysResult<Option<usize>> {
    let mut length = 0;
    while length < buffer.len() {
        match read(fd, &mut buffer[length..], length as u64)? {
            0 => return Ok(Some(length)),
            count => length += count,
        }
    }
    Ok(None)
}

/// Whether two files hold the same bytes; stops at the first piece that differs. A file that is
/// changed is mostly changed early, so little is read first.
pub fn same_content(dir: BorrowedFd<'_>, name: &[u8], other_dir: BorrowedFd<'_>, other_name: &[u8]) -> SysResult<bool> {
    let one = open::file(dir, name, false)?;
    let other = open::file(other_dir, other_name, false)?;
    let mut first = ([0; 4 << 10], [0; 4 << 10]);
    let start = same_pieces(one.as_fd(), other.as_fd(), 0, &mut first.0, &mut first.1)?;
    if start != Compared::Same {
        return Ok(start == Compared::End);
    }
    BUFFERS.with_borrow_mut(|buffers| {
        let (left, right) = buffers.split_at_mut(PIECE);
        let mut position = first.0.len() as u64;
        loop {
            match same_pieces(one.as_fd(), other.as_fd(), position, left, right)? {
                Compared::Same => position += PIECE as u64,
                Compared::End => return Ok(true),
                Compared::Different => return Ok(false),
            }
        }
    })
}

const PIECE: usize = 64 << 10;

thread_local! {
    /// Kept, as clearing new ones would cost more than the comparison of most files.
    static BUFFERS: RefCell<Vec<u8>> = RefCell::new(vec![0; 2 * PIECE]);
}

#[derive(PartialEq)]
enum Compared {
    Same,
    /// The same, and both files end.
    End,
    Different,
}

fn same_pieces(
    one: BorrowedFd<'_>,
    other: BorrowedFd<'_>,
    position: u64,
    left: &mut [u8],
    right: &mut [u8],
) -> SysResult<Compared> {
    let count = read_full(one, left, position)?;
    if count != read_full(other, right, position)? || left[..count] != right[..count] {
        return Ok(Compared::Different);
    }
    Ok(if count < left.len() { Compared::End } else { Compared::Same })
}

/// Fills the buffer; less only at the end of the file.
pub fn read_full(fd: BorrowedFd<'_>, buffer: &mut [u8], position: u64) -> SysResult<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match read(fd, &mut buffer[length..], position + length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
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

/// As write(2): fewer bytes where there is no room for more, and an error when there was none for the first.
pub fn write_some(fd: BorrowedFd<'_>, data: &[u8], position: u64) -> SysResult<usize> {
    let mut done = 0;
    while done < data.len() {
        match retry(|| pwrite(fd, &data[done..], position + done as u64)) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(errno) if done == 0 => return fail(errno, "pwrite"),
            Err(_) => break,
        }
    }
    Ok(done)
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

    #[test]
    fn reads_into_a_buffer_with_a_byte_to_spare() {
        let home = TestDir::new();
        fs::write(home.path("file"), "12345").unwrap();
        let mut buffer = [0; 6];
        assert_eq!(read_file_into(home.fd(), b"file", &mut buffer).unwrap(), Some(5));
        assert_eq!(&buffer[..5], b"12345");
        assert_eq!(read_file_into(home.fd(), b"file", &mut buffer[..5]).unwrap(), None);
    }

    #[test]
    fn finds_the_only_byte_that_differs_wherever_it_is() {
        let home = TestDir::new();
        let same = |one: &[u8], other: &[u8]| {
            fs::write(home.path("one"), one).unwrap();
            fs::write(home.path("other"), other).unwrap();
            same_content(home.fd(), b"one", home.fd(), b"other").unwrap()
        };
        for length in [0, 1, 4095, 4096, 4097, 69_631, 69_632, 69_633, 200_000] {
            let content = vec![7; length];
            assert!(same(&content, &content), "{length}");
            assert!(!same(&content, &[&content[..], &[7]].concat()), "{length} and one more");
            for at in [0, 4095, 4096, 69_632, length.saturating_sub(1)] {
                if at < length {
                    let mut changed = content.clone();
                    changed[at] = 8;
                    assert!(!same(&content, &changed), "{length} at {at}");
                }
            }
        }
    }
}
