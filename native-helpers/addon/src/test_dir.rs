//! An empty directory for a test, open.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub struct TestDir {
    dir: tempfile::TempDir,
    fd: OwnedFd,
}

impl TestDir {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fd = crate::open::root(dir.path().as_os_str().as_bytes()).unwrap();
        Self { dir, fd }
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}
