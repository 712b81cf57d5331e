//! Names of a directory as getdents64(2) tells them.

use crate::error::{During, SysError, SysResult};
use rustix::fd::BorrowedFd;
use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;
use std::mem::MaybeUninit;

/// Without `.` and `..`, in the order of the file system.
#[derive(Default)]
pub struct Names {
    /// Each followed by a slash.
    pub text: Vec<u8>,
    /// `DT_…` of each.
    pub types: Vec<u8>,
    pub inodes: Vec<u64>,
}

/// Bytes of directory that one getdents64 call may return.
const BUFFER: usize = 64 * 1024;

pub fn list(dir: BorrowedFd<'_>) -> SysResult<Names> {
    seek(dir, SeekFrom::Start(0)).during("lseek")?;
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut listing = RawDir::new(dir, &mut buffer);
    let mut names = Names::default();
    while let Some(entry) = listing.next() {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_bytes();
                if name != b"." && name != b".." {
                    names.text.extend_from_slice(name);
                    names.text.push(b'/');
                    names.types.push((entry.file_type().as_raw_mode() >> 12) as u8);
                    names.inodes.push(entry.ino());
                }
            }
            Err(Errno::INTR) => {}
            // The directory itself was removed: it has no entries any more.
            Err(Errno::NOENT) => break,
            Err(errno) => return Err(SysError { errno, syscall: "getdents64" }),
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;

    #[test]
    fn tells_name_type_and_inode() {
        let home = TestDir::new();
        fs::create_dir(home.path("dir")).unwrap();
        let names = list(home.fd()).unwrap();
        assert_eq!((&*names.text, &*names.types), (&b"dir/"[..], &[4][..]));
        let expected = std::os::unix::fs::MetadataExt::ino(&fs::metadata(home.path("dir")).unwrap());
        assert_eq!(names.inodes, [expected]);
    }
}
