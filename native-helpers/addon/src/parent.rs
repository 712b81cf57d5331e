//! Walking a tree path by path.

use crate::error::SysResult;
use crate::open;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};

/// The directory of the last path: neighbours come one after the other.
pub struct Parent<'a> {
    root: BorrowedFd<'a>,
    path: Vec<u8>,
    fd: Option<OwnedFd>,
}

impl<'a> Parent<'a> {
    pub fn of(root: BorrowedFd<'a>) -> Self {
        Self { root, path: Vec::new(), fd: None }
    }

    /// The open directory that holds `path`, and the name in it.
    pub fn at<'p>(&mut self, path: &'p [u8]) -> SysResult<(BorrowedFd<'_>, &'p [u8])> {
        let Some(slash) = path.iter().rposition(|&byte| byte == b'/') else {
            return Ok((self.root, path));
        };
        let (dir, name) = (&path[..slash], &path[slash + 1..]);
        if self.fd.is_none() || self.path != dir {
            self.fd = None;
            self.fd = Some(open::dir(self.root, dir)?);
            self.path.clear();
            self.path.extend_from_slice(dir);
        }
        Ok((self.fd.as_ref().map_or(self.root, AsFd::as_fd), name))
    }
}
