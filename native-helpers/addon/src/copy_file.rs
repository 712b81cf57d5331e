//! One file of a job: content first, then attributes.

use crate::copy::{self, Cloned};
use crate::copy_files::{Job, Side, Stop};
use crate::error::{During, SysError, SysResult};
use crate::writeback::Writeback;
use crate::{ffi, open};
use rustix::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd};
use rustix::fs::{FileType, Gid, Mode, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::fs::{fchmod, fchown, fsetxattr, fstat, futimens};
use rustix::io::Errno;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// What to copy, and what it must be before and after. Paths are relative to the roots of the job.
pub struct File<'a> {
    pub from: &'a [u8],
    pub to: &'a [u8],
    pub size: u64,
    pub ino: Option<u64>,
    pub ctime: Option<i64>,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub accessed: i64,
    pub modified: i64,
    pub xattrs: Vec<(&'a [u8], &'a [u8])>,
}

/// A file that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopiedFile {
    pub ino: u64,
    pub ctime: i64,
}

/// What the threads of a job have in common.
pub struct Shared<'a> {
    job: &'a Job,
    stop: &'a AtomicI32,
    failed: AtomicBool,
    writeback: Option<Arc<Writeback>>,
    /// Where one file cannot be cloned for its place none can: the roots are one pair of file systems.
    cannot_clone: AtomicBool,
}

impl<'a> Shared<'a> {
    pub fn new(job: &'a Job, stop: &'a AtomicI32) -> Self {
        let writeback = if job.start_writeback { Writeback::start(job.to_root.as_fd()) } else { None };
        Self { job, stop, failed: AtomicBool::new(false), writeback, cannot_clone: AtomicBool::new(false) }
    }

    pub fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    pub fn end_writeback(&self) {
        if let Some(writeback) = &self.writeback {
            writeback.end();
        }
    }

    pub fn check_stop(&self) -> Result<(), Stop> {
        let asked = self.stop.load(Ordering::Relaxed) != 0 || self.failed.load(Ordering::Relaxed);
        if asked { Err(Stop::Asked) } else { Ok(()) }
    }
}

/// Bytes between two looks at whether to stop.
const PIECE: u64 = 16 << 20;

/// Says which of the two files an error is about.
trait On<T> {
    fn on(self, side: Side) -> Result<T, Stop>;
}

impl<T> On<T> for SysResult<T> {
    fn on(self, side: Side) -> Result<T, Stop> {
        self.map_err(|error| Stop::Failed(side, error))
    }
}

/// Copies one file. `room` is memory that the thread uses again and again.
pub fn run(shared: &Shared<'_>, file: &File<'_>, room: &mut Vec<u8>) -> Result<CopiedFile, Stop> {
    let source = open_source(shared, file)?;
    let before = stat(&source).on(Side::From)?;
    if !is_expected(&before, file) {
        return Err(Stop::Moved);
    }
    let made = open::create_below(shared.job.to_root.as_fd(), file.to, file.mode & 0o777).on(Side::To)?;
    let first = stat(&made).on(Side::To)?;
    copy_content(shared, source.as_fd(), made.as_fd(), file.size, room)?;
    let after = stat(&source).on(Side::From)?;
    if ctime(&after) != ctime(&before) || after.st_size != before.st_size {
        return Err(Stop::Moved);
    }
    set_attributes(made.as_fd(), file, &first).on(Side::To)?;
    let last = stat(&made).on(Side::To)?;
    close(made).on(Side::To)?;
    Ok(CopiedFile { ino: last.st_ino, ctime: ctime(&last) })
}

fn open_source(shared: &Shared<'_>, file: &File<'_>) -> Result<OwnedFd, Stop> {
    match open::file_below(shared.job.from_root.as_fd(), file.from) {
        // Gone, or a link, a directory on the way to it that is none any more, a socket or a device without a driver.
        Err(error)
            if matches!(error.errno, Errno::NOENT | Errno::LOOP | Errno::NOTDIR | Errno::NXIO | Errno::NODEV) =>
        {
            Err(Stop::Moved)
        }
        answer => answer.on(Side::From),
    }
}

fn is_expected(found: &Stat, file: &File<'_>) -> bool {
    FileType::from_raw_mode(found.st_mode) == FileType::RegularFile
        && found.st_size as u64 == file.size
        && file.ino.is_none_or(|ino| ino == found.st_ino)
        && file.ctime.is_none_or(|time| time == ctime(found))
}

fn copy_content(
    shared: &Shared<'_>,
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    size: u64,
    room: &mut Vec<u8>,
) -> Result<(), Stop> {
    if size == 0 {
        return Ok(());
    }
    if !shared.cannot_clone.load(Ordering::Relaxed) {
        match copy::try_clone(from, to).on(Side::To)? {
            Cloned::Yes => return Ok(()),
            Cloned::NotThisFile => {}
            Cloned::Never => shared.cannot_clone.store(true, Ordering::Relaxed),
        }
    }
    let mut at = Some(0);
    while let Some(offset) = at {
        shared.check_stop()?;
        let piece = copy::copy_piece(from, to, offset, PIECE, size, room);
        at = piece.map_err(|error| Stop::Failed(side_of(error), error))?;
        if let Some(writeback) = &shared.writeback {
            writeback.add(at.unwrap_or(size) - offset);
        }
    }
    Ok(())
}

/// Of a call that copies content.
fn side_of(error: SysError) -> Side {
    if matches!(error.syscall, "pread" | "lseek" | "statx") { Side::From } else { Side::To }
}

/// Owner first (chown clears setuid and capabilities), then extended attributes (an ACL sets mode bits), then mode, then times.
fn set_attributes(made: BorrowedFd<'_>, file: &File<'_>, first: &Stat) -> SysResult<()> {
    let chown = first.st_uid != file.uid || first.st_gid != file.gid;
    if chown {
        fchown(made, Some(Uid::from_raw(file.uid)), Some(Gid::from_raw(file.gid))).during("fchown")?;
    }
    for (key, value) in &file.xattrs {
        fsetxattr(made, *key, value, XattrFlags::empty()).during("fsetxattr")?;
    }
    if chown || !file.xattrs.is_empty() || first.st_mode & 0o7777 != file.mode {
        fchmod(made, Mode::from_raw_mode(file.mode)).during("fchmod")?;
    }
    let times = Timestamps { last_access: timespec(file.accessed), last_modification: timespec(file.modified) };
    futimens(made, &times).during("utimensat")
}

fn timespec(nanoseconds: i64) -> Timespec {
    Timespec { tv_sec: nanoseconds.div_euclid(1_000_000_000), tv_nsec: nanoseconds.rem_euclid(1_000_000_000) }
}

fn stat(fd: &OwnedFd) -> SysResult<Stat> {
    fstat(fd).during("fstat")
}

fn ctime(stat: &Stat) -> i64 {
    stat.st_ctime.saturating_mul(1_000_000_000).saturating_add(stat.st_ctime_nsec as i64)
}

/// Some file systems say only now that there was no room.
fn close(fd: OwnedFd) -> SysResult<()> {
    ffi::close(fd.into_raw_fd()).during("close")
}
