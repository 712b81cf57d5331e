//! Has the kernel write what a job makes while the job goes on, so that who waits for all of it at the end waits less.

use crate::error::SysResult;
use crate::{flush, open};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};

/// Bytes between two times that it is begun.
const STEP: u64 = 32 << 20;

pub struct Writeback {
    /// Open by itself: an error that `syncfs` gives here is also given to who else has the file system open.
    fd: OwnedFd,
    copied: AtomicU64,
    over: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Writeback {
    /// `None` where the directory may not be opened: it only saves time.
    pub fn of(dir: BorrowedFd<'_>) -> Option<Self> {
        let fd = open::dir(dir, b"").ok()?;
        Some(Self { fd, copied: AtomicU64::new(0), over: AtomicBool::new(false), thread: OnceLock::new() })
    }

    /// Writes each time that there is enough, until `end`. Runs in a thread of its own.
    pub fn run(&self) -> SysResult<()> {
        let _ = self.thread.set(thread::current());
        let mut written = 0;
        while !self.over.load(Ordering::Acquire) {
            let copied = self.copied.load(Ordering::Relaxed);
            if copied - written < STEP {
                thread::park();
                continue;
            }
            written = copied;
            flush::sync_fs(self.fd.as_fd())?;
        }
        Ok(())
    }

    pub fn add(&self, bytes: u64) {
        let before = self.copied.fetch_add(bytes, Ordering::Relaxed);
        if before / STEP != (before + bytes) / STEP {
            self.wake();
        }
    }

    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;

    #[test]
    fn ends_when_it_is_told_to_whether_it_has_begun_or_not() {
        let home = TestDir::new();
        for bytes in [0, STEP, 10 * STEP] {
            let writeback = Writeback::of(home.fd()).unwrap();
            thread::scope(|scope| {
                let running = scope.spawn(|| writeback.run());
                writeback.add(bytes);
                writeback.end();
                assert_eq!(running.join().unwrap(), Ok(()));
            });
        }
    }
}
