use super::error::Result;
use super::fd;
use crate::error::During;
use crate::ffi::{self, Bytes};
use crate::open;
use napi_derive::napi;
use rustix::fd::IntoRawFd;

#[napi]
pub fn open_root(path: Bytes) -> Result<i32> {
    Ok(open::root(&path.0)?.into_raw_fd())
}

#[napi]
pub fn open_dir(dir: i32, path: Bytes) -> Result<i32> {
    Ok(open::dir(fd(dir)?, &path.0)?.into_raw_fd())
}

#[napi]
pub fn open_file(dir: i32, name: Bytes, writable: bool) -> Result<i32> {
    Ok(open::file(fd(dir)?, &name.0, writable)?.into_raw_fd())
}

#[napi]
pub fn create_file(dir: i32, name: Bytes, mode: u32) -> Result<i32> {
    Ok(open::create(fd(dir)?, &name.0, mode)?.into_raw_fd())
}

#[napi]
pub fn close(fd: i32) -> Result<()> {
    Ok(ffi::close(fd).during("close")?)
}
