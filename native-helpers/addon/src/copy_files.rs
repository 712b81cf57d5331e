//! Many files from one tree into another, by several threads.

use crate::copy_file::{self, CopiedFile, File, Shared};
use crate::error::SysError;
use rustix::fd::OwnedFd;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::thread;

/// What many files have in common.
pub struct Job {
    pub from_root: OwnedFd,
    pub to_root: OwnedFd,
    /// Threads at the most.
    pub threads: usize,
    pub start_writeback: bool,
}

/// Which of the two files a call failed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    From,
    To,
}

/// Why a file was not copied, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it, or another thread failed.
    Asked,
    /// The source is not the expected one, or changed meanwhile.
    Moved,
    Failed(Side, SysError),
}

/// What the caller and the threads tell each other.
pub struct Signals<'a> {
    /// Not 0: stop.
    pub stop: &'a AtomicI32,
    /// Files done so far.
    pub done: &'a AtomicI32,
}

/// Files that a thread takes at a time: neighbours, as one directory has most of what they need.
const BATCH: usize = 8;

/// Fewer files for one thread are not worth starting it.
const LEAST: usize = 32;

/// What was made, in the order of `files`; or the first of them that was not, and why. All threads that copy have ended then.
pub fn run(job: &Job, files: &[File<'_>], signals: &Signals<'_>) -> Result<Vec<CopiedFile>, (usize, Stop)> {
    let work = Work { files, signals, shared: Shared::new(job, signals.stop), next: AtomicUsize::new(0) };
    let more = job.threads.min(files.len() / LEAST).saturating_sub(1);
    let parts = thread::scope(|scope| {
        let spawn = thread::Builder::new;
        // Where a thread is not to be had, fewer do the work.
        let helpers: Vec<_> = (0..more).filter_map(|_| spawn().spawn_scoped(scope, || work.run()).ok()).collect();
        let mut parts = vec![work.run()];
        parts.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()));
        parts
    });
    work.shared.end_writeback();
    let mut made = vec![CopiedFile { ino: 0, ctime: 0 }; files.len()];
    let mut failure = None;
    for Part { copied, stopped } in parts {
        for (index, file) in copied {
            made[index] = file;
        }
        failure = first(failure, stopped);
    }
    failure.map_or(Ok(made), Err)
}

struct Work<'a> {
    files: &'a [File<'a>],
    signals: &'a Signals<'a>,
    shared: Shared<'a>,
    /// The first file that no thread has taken.
    next: AtomicUsize,
}

/// What one thread did.
struct Part {
    copied: Vec<(usize, CopiedFile)>,
    stopped: Option<(usize, Stop)>,
}

impl Work<'_> {
    fn run(&self) -> Part {
        let mut copied = Vec::new();
        let mut room = Vec::new();
        loop {
            let first = self.next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= self.files.len() {
                return Part { copied, stopped: None };
            }
            for (index, file) in self.files.iter().enumerate().skip(first).take(BATCH) {
                match self.shared.check_stop().and_then(|()| copy_file::run(&self.shared, file, &mut room)) {
                    Ok(file) => copied.push((index, file)),
                    Err(stop) => {
                        self.shared.fail();
                        return Part { copied, stopped: Some((index, stop)) };
                    }
                }
                self.signals.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The one that says most: a failure before a stop, which may be due to it; then that of the earlier file.
fn first(one: Option<(usize, Stop)>, other: Option<(usize, Stop)>) -> Option<(usize, Stop)> {
    one.into_iter().chain(other).min_by_key(|(index, stop)| (*stop == Stop::Asked, *index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn tells_the_failure_of_the_earliest_file_and_a_stop_only_without_one() {
        let failed = Stop::Failed(Side::To, SysError { errno: Errno::NOSPC, syscall: "pwrite" });
        assert_eq!(first(Some((1, Stop::Asked)), Some((7, failed))), Some((7, failed)));
        assert_eq!(first(Some((7, failed)), Some((5, Stop::Moved))), Some((5, Stop::Moved)));
        assert_eq!(first(Some((7, Stop::Asked)), None), Some((7, Stop::Asked)));
        assert_eq!(first(None, None), None);
    }
}
