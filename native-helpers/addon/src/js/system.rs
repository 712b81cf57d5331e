use super::error::Result;
use super::fd;
use crate::{clock, flush};
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;
use rustix::fs::FlockOperation;

#[napi]
pub fn fsync(descriptor: i32) -> Result<()> {
    Ok(flush::fsync(fd(descriptor)?)?)
}

#[napi]
pub fn sync_fs(descriptor: i32) -> Result<()> {
    Ok(flush::sync_fs(fd(descriptor)?)?)
}

/// Takes (`true`) or drops a lock without waiting; `false` when somebody else holds it.
#[napi]
pub fn flock(descriptor: i32, exclusive: bool) -> Result<bool> {
    let operation = if exclusive { FlockOperation::NonBlockingLockExclusive } else { FlockOperation::Unlock };
    Ok(flush::lock(fd(descriptor)?, operation)?)
}

#[napi(object, object_from_js = false)]
pub struct FileSystem {
    pub magic: u32,
    pub block_size: f64,
    pub free_bytes: f64,
    pub free_inodes: f64,
    pub read_only: bool,
}

#[napi]
pub fn stat_fs(descriptor: i32) -> Result<FileSystem> {
    let found = flush::file_system(fd(descriptor)?)?;
    let block_size = found.block_size as f64;
    Ok(FileSystem {
        magic: found.magic,
        block_size,
        free_bytes: found.free_blocks as f64 * block_size,
        free_inodes: found.free_inodes as f64,
        read_only: found.read_only,
    })
}

#[napi]
pub fn realtime_ns() -> BigInt {
    BigInt::from(clock::realtime())
}

#[napi]
pub fn boottime_ns() -> BigInt {
    BigInt::from(clock::boottime())
}
