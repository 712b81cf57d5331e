use super::error::Result;
use super::fd;
use crate::ffi::{self, Bytes, bytes_of};
use crate::fuse::{self, Handed};
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use rustix::fd::IntoRawFd;
use rustix::io::Result as IoResult;

/// The device of a mount by the mount API. `options`: `key=value`, `key` or a flag of the mount, each followed by a NUL.
#[napi]
pub fn fuse_mount(target: Bytes, source: Bytes, options: Bytes) -> Result<i32> {
    Ok(fuse::mount(&target.0, &source.0, &options.0)?.into_raw_fd())
}

/// One of them is there.
#[napi(object, object_from_js = false)]
pub struct HandedDevice {
    pub device: Option<i32>,
    pub refusal: Option<String>,
}

/// The device of a mount by `fusermount3`, or what that said.
#[napi]
pub fn fuse_mount_by_helper(program: String, arguments: Vec<Bytes>) -> Result<HandedDevice> {
    let arguments: Vec<Vec<u8>> = arguments.into_iter().map(|argument| argument.0).collect();
    Ok(match fuse::mount_by_helper(&program, &arguments)? {
        Handed::Device(device) => HandedDevice { device: Some(device.into_raw_fd()), refusal: None },
        Handed::Refused(refusal) => HandedDevice { device: None, refusal: Some(refusal) },
    })
}

/// Length of the next request; below 0 the errno: -EAGAIN after `timeout` milliseconds, or when `other` (if not below 0) has something to
/// read and the device has not, -ENODEV after unmounting.
#[napi]
pub fn fuse_read(device: i32, mut buffer: Uint8ArraySlice, timeout: i32, other: i32) -> Result<i32> {
    let device = fd(device)?;
    let other = if other < 0 { None } else { Some(fd(other)?) };
    Ok(length_or_errno(fuse::read_request(device, bytes_of(&mut buffer), timeout, other)))
}

/// Writes the first `length` bytes: 0, or below 0 the errno.
#[napi]
pub fn fuse_write(device: i32, buffer: Uint8ArraySlice, length: u32) -> Result<i32> {
    let device = fd(device)?;
    let message = buffer.get(..length as usize).unwrap_or(&buffer);
    Ok(length_or_errno(fuse::write_reply(device, message).map(|()| 0)))
}

/// Writes messages that follow each other, by a thread of its own.
#[napi]
pub fn fuse_notify(device: i32, messages: Uint8ArraySlice) -> Result<()> {
    Ok(fuse::notify(fd(device)?, &messages)?)
}

/// The id, above 0, of an open file that the kernel may read and write by itself (FUSE_PASSTHROUGH); below 0 the errno.
#[napi]
pub fn fuse_backing_open(device: i32, file: i32) -> Result<i32> {
    Ok(ffi::fuse_backing_open(fd(device)?, fd(file)?).unwrap_or_else(|errno| -errno.raw_os_error()))
}

/// 0, or below 0 the errno.
#[napi]
pub fn fuse_backing_close(device: i32, id: i32) -> Result<i32> {
    Ok(length_or_errno(ffi::fuse_backing_close(fd(device)?, id).map(|()| 0)))
}

#[napi]
pub fn unmount(target: Bytes, lazy: bool) -> Result<()> {
    Ok(fuse::unmount(&target.0, lazy)?)
}

/// Raises the limit of open files as far as it goes, and says how far that is.
#[napi]
pub fn raise_open_files() -> Result<f64> {
    Ok(fuse::raise_open_files()? as f64)
}

fn length_or_errno(outcome: IoResult<usize>) -> i32 {
    match outcome {
        // A request is as long as its buffer at the most.
        Ok(length) => length as i32,
        Err(errno) => -errno.raw_os_error(),
    }
}
