use super::error::{Result, code_of, message_of};
use super::fd;
use crate::error::{During, SysResult};
use crate::ffi::{Bytes, LentBytes};
use crate::many_files::{self, ReadFile};
use crate::{look, stat};
use napi::bindgen_prelude::{AsyncTask, BigUint64Array, Uint8Array, Uint8ArraySlice, Uint32Array};
use napi::{Env, Task};
use napi_derive::napi;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::RenameFlags;
use rustix::io::fcntl_dupfd_cloexec;

/// A descriptor of our own: the caller may close theirs before a thread is done.
pub fn own(number: i32) -> Result<OwnedFd> {
    let duplicate = |number| -> SysResult<OwnedFd> { fcntl_dupfd_cloexec(number, 0).during("fcntl") };
    Ok(duplicate(fd(number)?)?)
}

/// Paths, each followed by a NUL.
pub fn split(paths: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = paths.strip_suffix(b"\0");
    last.into_iter().flat_map(|paths| paths.split(|&byte| byte == 0))
}

pub struct CompareTask {
    root: OwnedFd,
    other_root: OwnedFd,
    paths: Bytes,
}

/// `paths`: of each pair the one below `root` and the one below `otherRoot`, each followed by a NUL. Of each pair: 0 the same,
/// 1 different, 2 a call failed.
#[napi(ts_return_type = "Promise<Uint8Array>")]
pub fn compare_files(root: i32, other_root: i32, paths: Bytes) -> Result<AsyncTask<CompareTask>> {
    Ok(AsyncTask::new(CompareTask { root: own(root)?, other_root: own(other_root)?, paths }))
}

impl Task for CompareTask {
    type Output = Vec<u8>;
    type JsValue = Uint8Array;

    fn compute(&mut self) -> napi::Result<Vec<u8>> {
        let compared = many_files::compare(self.root.as_fd(), self.other_root.as_fd(), split(&self.paths.0));
        Ok(compared.into_iter().map(|comparison| comparison as u8).collect())
    }

    fn resolve(&mut self, _env: Env, compared: Vec<u8>) -> napi::Result<Uint8Array> {
        Ok(compared.into())
    }
}

pub struct ReadTask {
    root: OwnedFd,
    paths: Bytes,
    buffer: LentBytes,
}

/// Reads the files below `root`, each path followed by a NUL, into `buffer`, which is not to be touched meanwhile. Of each: where
/// its content begins and how long it is, as doubles (-1 when it could not be read), and its stat after that.
#[napi(ts_return_type = "Promise<BigUint64Array>")]
pub fn read_files(root: i32, paths: Bytes, buffer: Uint8Array) -> Result<AsyncTask<ReadTask>> {
    Ok(AsyncTask::new(ReadTask { root: own(root)?, paths, buffer: LentBytes::new(buffer) }))
}

impl Task for ReadTask {
    type Output = Vec<u64>;
    type JsValue = BigUint64Array;

    fn compute(&mut self) -> napi::Result<Vec<u64>> {
        let files = many_files::read(self.root.as_fd(), split(&self.paths.0), self.buffer.bytes());
        Ok(files.iter().flat_map(pack).collect())
    }

    fn resolve(&mut self, _env: Env, rows: Vec<u64>) -> napi::Result<BigUint64Array> {
        Ok(rows.into())
    }
}

fn pack(file: &Option<ReadFile>) -> Vec<u64> {
    let (start, length, stat) = match file {
        Some(file) => (file.start as f64, file.length as f64, file.stat.pack()),
        None => (0.0, -1.0, [0; stat::SLOTS]),
    };
    [&[start.to_bits(), length.to_bits()][..], &stat].concat()
}

#[napi(object, object_from_js = false)]
pub struct Renamed {
    /// Entries, from the first.
    pub done: u32,
    /// Why the next one was not: `<errno> <syscall>`.
    pub message: Option<String>,
    /// The errno's name.
    pub code: Option<String>,
}

/// Renames entries in order, up to the first that fails. `paths`: of each the one below `fromRoot` and the one below `toRoot`, each followed
/// by a NUL. `exchanges`: of each 1 for RENAME_EXCHANGE, 0 for RENAME_NOREPLACE.
#[napi]
pub fn rename_files(from_root: i32, to_root: i32, paths: Bytes, exchanges: Uint8ArraySlice) -> Result<Renamed> {
    let flags = exchanges.iter().map(|&exchange| match exchange {
        0 => RenameFlags::NOREPLACE,
        _ => RenameFlags::EXCHANGE,
    });
    let (done, failure) = many_files::rename(fd(from_root)?, fd(to_root)?, split(&paths.0), flags);
    Ok(Renamed { done: done as u32, message: failure.map(message_of), code: failure.map(code_of) })
}

#[napi(object, object_from_js = false)]
pub struct LookedAt {
    /// Of each path a packed stat; a type of 0 where there is nothing.
    pub rows: BigUint64Array,
    /// Of each path where its attributes end in `text`; they begin where those of the one before end.
    pub ends: Uint32Array,
    #[napi(ts_type = "Bytes")]
    pub text: Bytes,
}

/// What lies at the paths below `root`, each followed by a NUL.
#[napi]
pub fn look_at(root: i32, paths: Bytes, with_attributes: bool) -> Result<LookedAt> {
    let looked = look::at(fd(root)?, split(&paths.0), with_attributes)?;
    Ok(LookedAt { rows: BigUint64Array::new(looked.rows), ends: looked.ends.into(), text: Bytes(looked.text) })
}
