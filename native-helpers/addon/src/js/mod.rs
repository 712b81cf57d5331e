//! What JavaScript sees: `src/os/native-addon.ts` is generated from here.
//!
//! Names and paths are strings of bytes, descriptors plain numbers. A failed call throws an error
//! with the errno's name as its `code` and `<errno> <syscall>` as its message.

mod content;
mod copy_files;
mod entries;
mod error;
mod fuse;
mod layer;
mod layer_entries;
mod layer_files;
mod many_files;
mod open;
mod pair;
mod run_program;
mod stat;
mod system;
mod watch;
mod xattr;

use crate::error::SysError;
use crate::ffi::borrow;
use error::Result;
use napi_derive::napi;
use rustix::fd::BorrowedFd;

/// Counts up with every change of what this addon offers; the TypeScript side expects one.
#[napi]
pub fn interface_version() -> u32 {
    11
}

fn fd(number: i32) -> Result<BorrowedFd<'static>> {
    Ok(borrow(number).map_err(|errno| SysError { errno, syscall: "fd" })?)
}

/// A size or position of JavaScript; what is negative becomes 0.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
