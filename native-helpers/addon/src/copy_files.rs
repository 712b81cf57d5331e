//! Many files from one tree into another, by several threads.

use crate::copy_file::{self, CopiedFile, File, Shared};
use crate::error::SysError;
use rustix::fd::OwnedFd;
use std::sync::Mutex;
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

/// What was made, in the order of `files`; or the first of them that was not, and why. All threads have ended then.
pub fn run(job: &Job, files: &[File<'_>], signals: &Signals<'_>) -> Result<Vec<CopiedFile>, (usize, Stop)> {
    let shared = Shared::new(job, signals.stop);
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        let mut made = Vec::with_capacity(files.len() / job.threads.max(1));
        let mut room = Vec::new();
        loop {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            if first >= files.len() {
                return made;
            }
            for (index, file) in files.iter().enumerate().skip(first).take(BATCH) {
                match shared.check_stop().and_then(|()| copy_file::run(&shared, file, &mut room)) {
                    Ok(copied) => made.push((index, copied)),
                    Err(stop) => {
                        shared.fail();
                        note(&failure, index, stop);
                        return made;
                    }
                }
                signals.done.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let more = job.threads.min(files.len() / LEAST).saturating_sub(1);
    let parts = thread::scope(|scope| {
        // Where a thread is not to be had, fewer do the work.
        let helpers: Vec<_> = (0..more).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let mut parts = vec![work()];
        parts.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()));
        parts
    });
    let failed = failure.into_inner().unwrap_or(None);
    match failed {
        Some(failure) => Err(failure),
        None => Ok(in_order(parts, files.len())),
    }
}

/// Keeps the failure of the earliest file; that another one failed is none.
fn note(failure: &Mutex<Option<(usize, Stop)>>, index: usize, stop: Stop) {
    let Ok(mut kept) = failure.lock() else { return };
    let asked = |stop: &Stop| *stop == Stop::Asked;
    let replaces = match &*kept {
        None => true,
        Some((at, old)) => (asked(&stop), index) < (asked(old), *at),
    };
    if replaces {
        *kept = Some((index, stop));
    }
}

fn in_order(parts: Vec<Vec<(usize, CopiedFile)>>, count: usize) -> Vec<CopiedFile> {
    let mut made = vec![CopiedFile { ino: 0, ctime: 0 }; count];
    for (index, copied) in parts.into_iter().flatten() {
        made[index] = copied;
    }
    made
}
