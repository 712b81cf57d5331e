use super::error::Result;
use super::fd;
use super::layer::{answer, descriptor, done};
use crate::error::During;
use crate::ffi::bytes_of;
use crate::watch;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use rustix::fd::IntoRawFd;

/// A new inotify object.
#[napi]
pub fn watch_open() -> Result<i32> {
    Ok(watch::open().during("inotify_init1")?.into_raw_fd())
}

/// Watches what changes in a directory: the number of the watch, or below 0 the errno.
#[napi]
pub fn watch_add(watches: i32, dir: i32) -> i64 {
    answer(|| Ok(i64::from(watch::add(descriptor(watches)?, descriptor(dir)?).during("inotify_add_watch")?)))
}

#[napi]
pub fn watch_remove(watches: i32, watch: i32) -> i64 {
    done(|| watch::remove(descriptor(watches)?, watch).during("inotify_rm_watch"))
}

/// Puts what happened into the buffer, as `struct inotify_event`: how many bytes, 0 when nothing did.
#[napi]
pub fn watch_read(watches: i32, mut buffer: Uint8ArraySlice) -> Result<u32> {
    let length = watch::events(fd(watches)?, bytes_of(&mut buffer)).during("read")?;
    Ok(u32::try_from(length).unwrap_or(0))
}
