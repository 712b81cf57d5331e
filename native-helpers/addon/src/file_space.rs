//! Space: of a file, and of a file system.

use crate::error::{During, SysResult, fail, retry};
use rustix::fd::BorrowedFd;
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, fstatvfs, seek};
use rustix::io::Errno;

pub fn allocate(fd: BorrowedFd<'_>, mode: u32, offset: u64, length: u64) -> SysResult<()> {
    let mode = FallocateFlags::from_bits_retain(mode);
    retry(|| fallocate(fd, mode, offset, length)).during("fallocate")
}

/// SEEK_DATA (3) or SEEK_HOLE (4); EINVAL for the rest.
pub fn seek_to(fd: BorrowedFd<'_>, offset: u64, whence: u32) -> SysResult<u64> {
    let to = match whence {
        3 => SeekFrom::Data(offset),
        4 => SeekFrom::Hole(offset),
        _ => return fail(Errno::INVAL, "lseek"),
    };
    retry(|| seek(fd, to)).during("lseek")
}

/// Blocks: all, free, for others than root; inodes: all, free; size of a block, longest name, fragment size.
pub fn of_file_system(fd: BorrowedFd<'_>) -> SysResult<[f64; 8]> {
    let found = retry(|| fstatvfs(fd)).during("fstatvfs")?;
    Ok([
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
        found.f_bsize,
        found.f_namemax,
        found.f_frsize,
    ]
    .map(|count| count as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;
    use crate::test_dir::TestDir;
    use rustix::fd::AsFd;

    #[test]
    fn finds_the_data_behind_a_hole() {
        let home = TestDir::new();
        let file = open::create(home.fd(), b"file", 0o600).unwrap();
        allocate(file.as_fd(), 0, 0, 4096).unwrap();
        crate::read_write::write(file.as_fd(), b"x", 1 << 20).unwrap();
        assert_eq!(seek_to(file.as_fd(), 1 << 20, 3), Ok(1 << 20));
        assert_eq!(seek_to(file.as_fd(), 1 << 20, 4), Ok((1 << 20) + 1));
        assert_eq!(seek_to(file.as_fd(), 0, 0).unwrap_err().errno, Errno::INVAL);
        assert!(of_file_system(home.fd()).unwrap()[6] >= 255.0);
    }
}
