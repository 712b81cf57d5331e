//! A failed system call.

use rustix::io::{Errno, Result as IoResult};

/// Which call failed, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SysError {
    pub errno: Errno,
    pub syscall: &'static str,
}

pub type SysResult<T> = Result<T, SysError>;

/// Says which call an error came from.
pub trait During<T> {
    fn during(self, syscall: &'static str) -> SysResult<T>;
}

impl<T> During<T> for IoResult<T> {
    fn during(self, syscall: &'static str) -> SysResult<T> {
        self.map_err(|errno| SysError { errno, syscall })
    }
}

pub fn fail<T>(errno: Errno, syscall: &'static str) -> SysResult<T> {
    Err(SysError { errno, syscall })
}

/// Repeats a call that a signal cut short.
pub fn retry<T>(mut call: impl FnMut() -> IoResult<T>) -> IoResult<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
