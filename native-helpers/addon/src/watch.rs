//! inotify on directories, by descriptor.

use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init, remove_watch};
use rustix::io::{Errno, Result as IoResult, read};

/// A new inotify object; reading it never waits.
pub fn open() -> IoResult<OwnedFd> {
    init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)
}

/// Watches what changes in a directory: the number of the watch, the same for the same directory.
pub fn add(watches: BorrowedFd<'_>, dir: BorrowedFd<'_>) -> IoResult<i32> {
    let changes = WatchFlags::MODIFY
        | WatchFlags::ATTRIB
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::MOVED_FROM
        | WatchFlags::MOVED_TO
        | WatchFlags::CREATE
        | WatchFlags::DELETE;
    // The descriptor's own link leads to the directory itself, wherever that is by now.
    let path = format!("/proc/self/fd/{}", dir.as_raw_fd());
    add_watch(watches, path, changes | WatchFlags::ONLYDIR | WatchFlags::EXCL_UNLINK)
}

pub fn remove(watches: BorrowedFd<'_>, watch: i32) -> IoResult<()> {
    remove_watch(watches, watch)
}

/// Events as the kernel packs them: how many bytes; 0 when nothing happened.
pub fn events(watches: BorrowedFd<'_>, buffer: &mut [u8]) -> IoResult<usize> {
    match read(watches, buffer) {
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use rustix::fd::AsFd;
    use std::fs::{File, write};

    #[test]
    fn tells_of_a_name_in_a_directory_that_was_moved() {
        let dir = TestDir::new();
        std::fs::create_dir(dir.path("before")).unwrap();
        let opened = File::open(dir.path("before")).unwrap();
        std::fs::rename(dir.path("before"), dir.path("after")).unwrap();
        let watches = open().unwrap();
        let watch = add(watches.as_fd(), opened.as_fd()).unwrap();
        assert_eq!(add(watches.as_fd(), opened.as_fd()), Ok(watch));
        let mut buffer = [0; 4096];
        assert_eq!(events(watches.as_fd(), &mut buffer), Ok(0));
        write(dir.path("after/name"), "").unwrap();
        let length = events(watches.as_fd(), &mut buffer).unwrap();
        assert_eq!(&buffer[..4], watch.to_ne_bytes());
        assert!(buffer[..length].windows(5).any(|bytes| bytes == b"name\0"));
        remove(watches.as_fd(), watch).unwrap();
        assert_eq!(remove(watches.as_fd(), watch), Err(Errno::INVAL));
    }
}
