//! Extended attributes of many entries of one directory, symlinks themselves.

use crate::error::{During, SysResult, retry};
use crate::ffi;
use crate::xattr::proc_path;
use rustix::fd::BorrowedFd;
use rustix::fs::{lgetxattr, llistxattr};
use rustix::io::{Errno, Result as IoResult};
use std::ffi::{CStr, CString};

/// XATTR_SIZE_MAX and XATTR_LIST_MAX: more cannot be asked for.
const MOST: usize = 65536;

/// Keeps its memory from one entry to the next, and looks them up from the directory where the kernel can.
pub struct AttributeReader<'a> {
    dir: BorrowedFd<'a>,
    /// Linux 6.13 has calls that take a directory; before it, the way leads through /proc.
    takes_directory: bool,
    keys: Vec<u8>,
    value: Vec<u8>,
}

impl<'a> AttributeReader<'a> {
    pub fn new(dir: BorrowedFd<'a>) -> Self {
        Self { dir, takes_directory: true, keys: vec![0; 512], value: vec![0; 512] }
    }

    /// Appends of each attribute the key, a NUL, the length of the value in 32 bits, little-endian, and the value.
    pub fn append(&mut self, name: &[u8], into: &mut Vec<u8>) -> SysResult<()> {
        let Ok(entry) = CString::new(name) else {
            return Err(Errno::INVAL).during("listxattr");
        };
        let length = match self.list(&entry) {
            // The file system has no attributes.
            Err(Errno::OPNOTSUPP) => return Ok(()),
            answer => answer.during("listxattr")?,
        };
        let mut at = 0;
        while let Some(end) = self.keys[at..length].iter().position(|&byte| byte == 0) {
            let key = at..at + end + 1;
            at = key.end;
            match self.get(&entry, key.clone()) {
                // Removed since it was listed.
                Err(Errno::NODATA) => {}
                answer => {
                    let size = answer.during("getxattr")?;
                    into.extend_from_slice(&self.keys[key]);
                    into.extend_from_slice(&(size as u32).to_le_bytes());
                    into.extend_from_slice(&self.value[..size]);
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, entry: &CStr) -> IoResult<usize> {
        if self.takes_directory {
            match whole(&mut self.keys, |into| ffi::list_xattr_at(self.dir, entry, into)) {
                // A sandbox that has never heard of the call may answer EPERM.
                Err(Errno::NOSYS | Errno::PERM) => self.takes_directory = false,
                answer => return answer,
            }
        }
        let path = self.path_of(entry);
        whole(&mut self.keys, |into| llistxattr(&*path, into))
    }

    fn get(&mut self, entry: &CStr, key: std::ops::Range<usize>) -> IoResult<usize> {
        let Ok(key) = CStr::from_bytes_with_nul(&self.keys[key]) else {
            return Err(Errno::NODATA);
        };
        if self.takes_directory {
            return whole(&mut self.value, |into| ffi::get_xattr_at(self.dir, entry, key, into));
        }
        let path = self.path_of(entry);
        whole(&mut self.value, |into| lgetxattr(&*path, key, into))
    }

    fn path_of(&self, entry: &CStr) -> Vec<u8> {
        [&*proc_path(&self.dir), b"/", entry.to_bytes()].concat()
    }
}

/// Reads an answer whose size is not known before; it may grow between two tries.
fn whole(buffer: &mut Vec<u8>, read: impl Fn(&mut [u8]) -> IoResult<usize>) -> IoResult<usize> {
    loop {
        match retry(|| read(buffer)) {
            Err(Errno::RANGE) if buffer.len() < MOST => buffer.resize(buffer.len() * 4, 0),
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use crate::xattr;
    use std::fs;

    fn appended(reader: &mut AttributeReader<'_>, name: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.append(name, &mut bytes).unwrap();
        bytes
    }

    /// Other keys may be the machine's own (security labels).
    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn reads_the_same_by_both_ways() {
        let home = TestDir::new();
        fs::write(home.path("file"), "x").unwrap();
        fs::write(home.path("bare"), "x").unwrap();
        let long = vec![7; 3000];
        if xattr::set(home.fd(), b"file", b"user.long", &long).is_err() {
            return; // this file system has none
        }
        xattr::set(home.fd(), b"file", b"user.empty", b"").unwrap();
        let mut direct = AttributeReader::new(home.fd());
        let mut by_path = AttributeReader { takes_directory: false, ..AttributeReader::new(home.fd()) };
        let bytes = appended(&mut direct, b"file");
        assert!(contains(&bytes, &[b"user.long\0\xb8\x0b\0\0", &long[..]].concat()));
        assert!(contains(&bytes, b"user.empty\0\0\0\0\0"));
        assert_eq!(appended(&mut by_path, b"file"), bytes);
        assert_eq!(appended(&mut by_path, b"bare"), appended(&mut direct, b"bare"));
    }

    #[test]
    fn says_when_there_is_no_such_entry() {
        let home = TestDir::new();
        for takes_directory in [true, false] {
            let mut reader = AttributeReader { takes_directory, ..AttributeReader::new(home.fd()) };
            assert_eq!(reader.append(b"none", &mut Vec::new()).unwrap_err().errno, Errno::NOENT);
        }
    }
}
