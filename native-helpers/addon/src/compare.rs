//! Whether two files hold the same.

use crate::error::SysResult;
use crate::open;
use crate::read_write::read;
use rustix::fd::{AsFd, BorrowedFd};

/// Bytes read at once from each file.
const PIECE: usize = 16 * 1024;

/// Compares two regular files to their ends, or to the first difference.
pub fn same_content(one: (BorrowedFd<'_>, &[u8]), other: (BorrowedFd<'_>, &[u8])) -> SysResult<bool> {
    let one = open::file(one.0, one.1, false)?;
    let other = open::file(other.0, other.1, false)?;
    let (mut left, mut right) = (vec![0; PIECE], vec![0; PIECE]);
    let mut position = 0;
    loop {
        let count = fill(one.as_fd(), &mut left, position)?;
        if count != fill(other.as_fd(), &mut right, position)? || left[..count] != right[..count] {
            return Ok(false);
        }
        if count < PIECE {
            return Ok(true);
        }
        position += count as u64;
    }
}

/// Reads until the buffer is full or the file ends. Not every file system fills it at once.
fn fill(fd: BorrowedFd<'_>, buffer: &mut [u8], position: u64) -> SysResult<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match read(fd, &mut buffer[length..], position + length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs::write;

    fn same(left: &[u8], right: &[u8]) -> bool {
        let home = TestDir::new();
        write(home.path("left"), left).unwrap();
        write(home.path("right"), right).unwrap();
        same_content((home.fd(), b"left"), (home.fd(), b"right")).unwrap()
    }

    #[test]
    fn compares_to_the_last_byte_and_the_end() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let content = vec![7; size];
            assert!(same(&content, &content));
            assert!(!same(&content, &[&content[..], &[7]].concat()));
            if size > 0 {
                let mut changed = content.clone();
                changed[size - 1] = 8;
                assert!(!same(&content, &changed));
            }
        }
    }
}
