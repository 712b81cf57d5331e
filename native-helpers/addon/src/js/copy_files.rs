use super::error::{Result, code_of, message_of};
use super::fd;
use crate::copy_file::{CopiedFile, File};
use crate::copy_files::{self, Job, Side, Signals, Stop};
use crate::error::{During, SysResult, fail};
use crate::ffi::{Bytes, SharedWords};
use napi::bindgen_prelude::{AsyncTask, BigUint64Array, BigUint64ArraySlice, Int32Array, Uint8ArraySlice};
use napi::{Env, Task};
use napi_derive::napi;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use std::thread::available_parallelism;

/// Slots of 8 bytes that one file takes in `rows`; `copy-rows.ts` writes them by the same order.
const SLOTS: usize = 9;

/// More wait for each other in the file system.
const MOST_THREADS: usize = 4;

#[napi(object, object_from_js = false)]
pub struct Copied {
    /// Of each file its inode number and its ctime.
    pub rows: BigUint64Array,
    pub failure: Option<CopyFailure>,
}

/// Why the first of the files that were not copied was not.
#[napi(object, object_from_js = false)]
pub struct CopyFailure {
    pub index: u32,
    #[napi(ts_type = "'stopped' | 'moved' | 'from' | 'to'")]
    pub reason: &'static str,
    /// `<errno> <syscall>`; for `from` and `to`.
    pub message: Option<String>,
    /// The errno's name.
    pub code: Option<String>,
}

pub struct CopyTask {
    job: Job,
    paths: Bytes,
    rows: Vec<u64>,
    xattrs: Vec<u8>,
    control: SharedWords,
}

/// `paths`: of each file where it is and where it goes, each followed by a NUL. `xattrs`: of each file, packed as by
/// `getXattrs`. `control`: who writes 1 to its first word stops the copying; the second counts files. `threads`: 0 for as many as are good.
#[napi(ts_return_type = "Promise<Copied>")]
#[allow(clippy::too_many_arguments)]
pub fn copy_files(
    from_root: i32,
    to_root: i32,
    paths: Bytes,
    rows: BigUint64ArraySlice,
    xattrs: Uint8ArraySlice,
    control: Int32Array,
    threads: u32,
    start_writeback: bool,
) -> Result<AsyncTask<CopyTask>> {
    // The caller may close its own while the threads work.
    let own = |fd: BorrowedFd<'_>| -> SysResult<OwnedFd> { fcntl_dupfd_cloexec(fd, 0).during("fcntl") };
    let threads = match threads {
        0 => available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS)),
        threads => threads as usize,
    };
    let job = Job { from_root: own(fd(from_root)?)?, to_root: own(fd(to_root)?)?, threads, start_writeback };
    let Some(control) = SharedWords::new(control, 2) else {
        return Ok(fail(Errno::INVAL, "copyFiles")?);
    };
    Ok(AsyncTask::new(CopyTask { job, paths, rows: rows.to_vec(), xattrs: xattrs.to_vec(), control }))
}

impl Task for CopyTask {
    type Output = std::result::Result<Vec<CopiedFile>, (usize, Stop)>;
    type JsValue = Copied;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let files = unpack(&self.paths.0, &self.rows, &self.xattrs)
            .ok_or_else(|| napi::Error::from_reason("Expected paths, rows and attributes of as many files"))?;
        let signals = Signals { stop: self.control.word(0), done: self.control.word(1) };
        Ok(copy_files::run(&self.job, &files, &signals))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> napi::Result<Copied> {
        let (rows, failure) = match output {
            Ok(copied) => (copied.iter().flat_map(|file| [file.ino, file.ctime as u64]).collect(), None),
            Err((index, stop)) => (Vec::new(), Some(failure(index, stop))),
        };
        Ok(Copied { rows: BigUint64Array::new(rows), failure })
    }
}

fn failure(index: usize, stop: Stop) -> CopyFailure {
    let (reason, error) = match stop {
        Stop::Asked => ("stopped", None),
        Stop::Moved => ("moved", None),
        Stop::Failed(Side::From, error) => ("from", Some(error)),
        Stop::Failed(Side::To, error) => ("to", Some(error)),
    };
    CopyFailure { index: index as u32, reason, message: error.map(message_of), code: error.map(code_of) }
}

/// `None` when they do not fit together.
fn unpack<'a>(paths: &'a [u8], rows: &[u64], xattrs: &'a [u8]) -> Option<Vec<File<'a>>> {
    let mut paths = paths.split(|&byte| byte == 0);
    let mut packed = Unpacker { rest: xattrs };
    let mut files = Vec::with_capacity(rows.len() / SLOTS);
    for row in rows.chunks(SLOTS) {
        let &[size, checks, ino, ctime, mode, uid, gid, accessed, modified] = row else { return None };
        let [size, checks, mode, uid, gid] = [size, checks, mode, uid, gid].map(|bits| f64::from_bits(bits) as u64);
        let checked = |bit: u64, value: u64| (checks & bit != 0).then_some(value);
        files.push(File {
            from: paths.next()?,
            to: paths.next()?,
            size,
            ino: checked(1, ino),
            ctime: checked(2, ctime).map(|time| time as i64),
            mode: mode as u32,
            uid: uid as u32,
            gid: gid as u32,
            accessed: accessed as i64,
            modified: modified as i64,
            xattrs: packed.xattrs()?,
        });
    }
    // What follows the last NUL.
    (paths.next() == Some(b"") && paths.next().is_none() && packed.rest.is_empty()).then_some(files)
}

/// Reads what `pack` in `js/xattr.rs` writes.
struct Unpacker<'a> {
    rest: &'a [u8],
}

impl<'a> Unpacker<'a> {
    fn xattrs(&mut self) -> Option<Vec<(&'a [u8], &'a [u8])>> {
        (0..self.number()?).map(|_| Some((self.bytes()?, self.bytes()?))).collect()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.rest.split_at_checked(length as usize)?;
        self.rest = rest;
        Some(bytes)
    }

    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files, the second with one attribute; of the first, neither inode number nor ctime is known.
    fn packed() -> (Vec<u8>, Vec<u64>, Vec<u8>) {
        let count = |value: f64| value.to_bits();
        let one = [count(5.0), count(0.0), 7, 8, count(416.0), count(1.0), count(2.0), 9, (-1_i64) as u64];
        let two = [count(6.0), count(3.0), 7, (-8_i64) as u64, count(0.0), count(0.0), count(4_294_967_294.0), 0, 0];
        let attribute = [&[0, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0][..], b"user.a", &[2, 0, 0, 0], b"xy"].concat();
        (b"a/b\0c\0\xff\0d\0".to_vec(), [one, two].concat(), attribute)
    }

    #[test]
    fn unpacks_what_was_packed() {
        let (paths, rows, xattrs) = packed();
        let files = unpack(&paths, &rows, &xattrs).unwrap();
        let [one, two] = &files[..] else { panic!("{}", files.len()) };
        assert_eq!((one.from, one.to, one.size, one.mode, one.uid, one.gid), (&b"a/b"[..], &b"c"[..], 5, 0o640, 1, 2));
        assert_eq!((one.ino, one.ctime, one.accessed, one.modified, one.xattrs.len()), (None, None, 9, -1, 0));
        assert_eq!((two.from, two.ino, two.ctime, two.gid), (&b"\xff"[..], Some(7), Some(-8), u32::MAX - 1));
        assert_eq!(two.xattrs, [(&b"user.a"[..], &b"xy"[..])]);
    }

    #[test]
    fn refuses_parts_that_do_not_fit_together() {
        let (paths, rows, xattrs) = packed();
        for length in 0..paths.len() {
            assert!(unpack(&paths[..length], &rows, &xattrs).is_none());
        }
        for length in 0..rows.len() {
            assert!(unpack(&paths, &rows[..length], &xattrs).is_none());
        }
        for length in 0..xattrs.len() {
            assert!(unpack(&paths, &rows, &xattrs[..length]).is_none());
        }
    }
}
