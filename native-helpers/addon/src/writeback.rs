//! Has the kernel write what a job makes while the job goes on, so that who waits for all of it at the end waits less.

use crate::{flush, open};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};

/// Bytes between two times that it is begun.
const STEP: u64 = 32 << 20;

#[derive(Default)]
pub struct Writeback {
    copied: AtomicU64,
    over: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Writeback {
    /// Starts a thread that writes each time that there is enough, until `end`. Nobody waits for it: an error that it is told of is given to
    /// who else has the file system open, too. `None` where the directory may not be opened, or a thread is not to be had: it only saves time.
    pub fn start(dir: BorrowedFd<'_>) -> Option<Arc<Self>> {
        let fd = open::dir(dir, b"").ok()?;
        let own = Arc::new(Self::default());
        let writeback = Arc::clone(&own);
        thread::Builder::new().spawn(move || writeback.run(fd)).ok()?;
        Some(own)
    }

    fn run(&self, fd: OwnedFd) {
        let _ = self.thread.set(thread::current());
        let mut written = 0;
        while !self.over.load(Ordering::Acquire) {
            let copied = self.copied.load(Ordering::Relaxed);
            if copied - written < STEP {
                thread::park();
                continue;
            }
            written = copied;
            if flush::sync_fs(fd.as_fd()).is_err() {
                return;
            }
        }
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
            let fd = open::dir(home.fd(), b"").unwrap();
            let writeback = Writeback::default();
            thread::scope(|scope| {
                scope.spawn(|| writeback.run(fd));
                writeback.add(bytes);
                writeback.end();
            });
        }
    }
}
