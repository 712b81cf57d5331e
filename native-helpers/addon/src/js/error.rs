//! Errors on their way to JavaScript.

use crate::error::SysError;
use errno_name::errno_name;

/// The `code` of an error.
pub struct Code(String);

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<napi::Status> for Code {
    fn from(status: napi::Status) -> Self {
        Self(status.as_ref().to_owned())
    }
}

pub type Result<T> = napi::Result<T, Code>;

impl From<SysError> for napi::Error<Code> {
    fn from(error: SysError) -> Self {
        Self::new(Code(code_of(error)), message_of(error))
    }
}

/// The errno's name.
pub fn code_of(error: SysError) -> String {
    name_of(error.errno.raw_os_error())
}

pub fn name_of(errno: i32) -> String {
    errno_name(errno).map_or_else(|| format!("ERRNO_{errno}"), str::to_owned)
}

/// `<errno> <syscall>`, which `system-error.ts` reads.
pub fn message_of(error: SysError) -> String {
    format!("{} {}", error.errno.raw_os_error(), error.syscall)
}
