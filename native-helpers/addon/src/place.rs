//! An entry by its directory and name, or by a descriptor of its own: where the name is empty.

use crate::error::{During, SysResult, retry};
use crate::name::component_or_self;
use crate::xattr::proc_path;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags, chmod, chownat, utimensat};
use rustix::fs::{getxattr, listxattr, removexattr, setxattr};
use rustix::fs::{lgetxattr, llistxattr, lremovexattr, lsetxattr};

#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub dir: BorrowedFd<'a>,
    pub name: &'a [u8],
}

/// XATTR_SIZE_MAX and XATTR_LIST_MAX.
const LARGEST: usize = 65536;

impl<'a> Place<'a> {
    pub fn new(dir: BorrowedFd<'a>, name: &'a [u8], syscall: &'static str) -> SysResult<Self> {
        if !name.is_empty() {
            component_or_self(name, syscall)?;
        }
        Ok(Self { dir, name })
    }

    fn flags(&self) -> AtFlags {
        if self.name.is_empty() { AtFlags::EMPTY_PATH } else { AtFlags::SYMLINK_NOFOLLOW }
    }

    /// The path of the entry, for calls that take no descriptor, and whether a link at its end is to be followed: that of /proc alone.
    fn path(&self) -> (Vec<u8>, bool) {
        let mut path = proc_path(&self.dir);
        if self.name.is_empty() {
            return (path, true);
        }
        path.push(b'/');
        path.extend_from_slice(self.name);
        (path, false)
    }

    pub fn set_mode(&self, mode: u32) -> SysResult<()> {
        if !self.name.is_empty() {
            return crate::attributes::set_mode(self.dir, self.name, mode);
        }
        chmod(proc_path(&self.dir), Mode::from_raw_mode(mode & 0o7777)).during("fchmodat")
    }

    /// `None` leaves an owner as it is.
    pub fn set_owner(&self, uid: Option<u32>, gid: Option<u32>) -> SysResult<()> {
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        chownat(self.dir, self.name, uid, gid, self.flags()).during("fchownat")
    }

    pub fn set_times(&self, accessed: Timespec, modified: Timespec) -> SysResult<()> {
        let times = Timestamps { last_access: accessed, last_modification: modified };
        utimensat(self.dir, self.name, &times, self.flags()).during("utimensat")
    }

    /// The length; with an empty `into` only that.
    pub fn get_xattr(&self, key: &[u8], into: &mut [u8]) -> SysResult<usize> {
        if into.is_empty() {
            // An empty buffer gives rustix no length.
            return self.get_xattr(key, &mut vec![0; LARGEST]);
        }
        let (path, follow) = self.path();
        retry(|| if follow { getxattr(&*path, key, &mut *into) } else { lgetxattr(&*path, key, &mut *into) })
            .during("getxattr")
    }

    /// As [`Place::get_xattr`]: names, each followed by a NUL.
    pub fn list_xattrs(&self, into: &mut [u8]) -> SysResult<usize> {
        if into.is_empty() {
            return self.list_xattrs(&mut vec![0; LARGEST]);
        }
        let (path, follow) = self.path();
        retry(|| if follow { listxattr(&*path, &mut *into) } else { llistxattr(&*path, &mut *into) })
            .during("listxattr")
    }

    pub fn set_xattr(&self, key: &[u8], value: &[u8], flags: XattrFlags) -> SysResult<()> {
        let (path, follow) = self.path();
        if follow { setxattr(&*path, key, value, flags) } else { lsetxattr(&*path, key, value, flags) }
            .during("setxattr")
    }

    pub fn remove_xattr(&self, key: &[u8]) -> SysResult<()> {
        let (path, follow) = self.path();
        if follow { removexattr(&*path, key) } else { lremovexattr(&*path, key) }.during("removexattr")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn reaches_an_entry_that_has_no_name_any_more() {
        let home = TestDir::new();
        fs::write(home.path("file"), "x").unwrap();
        symlink("file", home.path("link")).unwrap();
        let file = open::file(home.fd(), b"file", true).unwrap();
        fs::remove_file(home.path("file")).unwrap();
        let own = Place::new(rustix::fd::AsFd::as_fd(&file), b"", "test").unwrap();
        own.set_mode(0o640).unwrap();
        let mode = crate::stat::of_fd(own.dir).unwrap().mode();
        assert_eq!(mode, fs::Permissions::from_mode(0o640).mode());
        let link = Place::new(home.fd(), b"link", "test").unwrap();
        let old = Timespec { tv_sec: -1, tv_nsec: 5 };
        link.set_times(old, old).unwrap();
        let packed = crate::stat::of_entry(home.fd(), b"link").unwrap().unwrap().pack();
        assert_eq!(packed[12] as i64, -999_999_995);
        own.set_xattr(b"user.a", b"value", XattrFlags::empty()).unwrap();
        assert_eq!((own.get_xattr(b"user.a", &mut []), own.list_xattrs(&mut [])), (Ok(5), Ok(7)));
    }
}
