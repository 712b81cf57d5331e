//! The form in which calls for a server answer.

use crate::error::{During, SysResult};
use crate::ffi::borrow;
use rustix::fd::BorrowedFd;

pub fn descriptor(number: i32) -> SysResult<BorrowedFd<'static>> {
    borrow(number).during("fd")
}

pub fn answer(call: impl FnOnce() -> SysResult<i64>) -> i64 {
    call().unwrap_or_else(|error| -i64::from(error.errno.raw_os_error()))
}

pub fn done(call: impl FnOnce() -> SysResult<()>) -> i64 {
    answer(|| call().map(|()| 0))
}
