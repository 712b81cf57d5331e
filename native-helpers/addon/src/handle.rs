//! File handles, the identity that overlayfs keeps in its origin marks.

use crate::error::SysResult;
use crate::error::fail;
use crate::ffi;
use crate::name::component;
use rustix::fd::BorrowedFd;
use rustix::io::Errno;

pub struct Handle {
    pub kind: i32,
    pub bytes: Vec<u8>,
}

/// `None` where the file system has no handles.
pub fn of_entry(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<Option<Handle>> {
    let syscall = "name_to_handle_at";
    match ffi::name_to_handle(dir, component(name, syscall)?) {
        Ok((kind, bytes)) => Ok(Some(Handle { kind, bytes })),
        Err(Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => fail(errno, syscall),
    }
}
