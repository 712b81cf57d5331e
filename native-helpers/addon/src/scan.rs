//! A whole directory in one answer.

use crate::entries::read_link;
use crate::error::{During, SysError, SysResult};
use crate::name::component;
use crate::stat::{self, Stat};
use crate::xattr::{self, Attributes, proc_path};
use rustix::fd::BorrowedFd;
use rustix::fs::{FileType, RawDir, SeekFrom, seek};
use rustix::io::Errno;
use std::mem::MaybeUninit;

pub struct Entry {
    pub name: Vec<u8>,
    pub stat: Stat,
    pub target: Option<Vec<u8>>,
    pub attributes: Attributes,
}

/// Bytes of directory that one getdents64 call may return.
const BUFFER: usize = 64 * 1024;

/// All entries but `.` and `..`, in the order of the file system; what vanishes meanwhile is left out.
pub fn directory(dir: BorrowedFd<'_>, with_attributes: bool) -> SysResult<Vec<Entry>> {
    entries(dir, names(dir)?, with_attributes)
}

/// Those of the named entries that are there.
pub fn entries(dir: BorrowedFd<'_>, names: Vec<Vec<u8>>, with_attributes: bool) -> SysResult<Vec<Entry>> {
    let prefix = with_attributes.then(|| [&*proc_path(&dir), b"/"].concat());
    let mut entries = Vec::new();
    for name in names {
        component(&name, "statx")?;
        if let Some(entry) = vanished(look_at(dir, name, prefix.as_deref()))?.flatten() {
            entries.push(entry);
        }
    }
    Ok(entries)
}

pub fn names(dir: BorrowedFd<'_>) -> SysResult<Vec<Vec<u8>>> {
    seek(dir, SeekFrom::Start(0)).during("lseek")?;
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut listing = RawDir::new(dir, &mut buffer);
    let mut names = Vec::new();
    while let Some(entry) = listing.next() {
        match entry {
            Ok(entry) => names.push(entry.file_name().to_bytes().to_vec()),
            Err(Errno::INTR) => {}
            // The directory itself was removed: it has no entries any more.
            Err(Errno::NOENT) => break,
            Err(errno) => return Err(SysError { errno, syscall: "getdents64" }),
        }
    }
    names.retain(|name| name != b"." && name != b"..");
    Ok(names)
}

fn look_at(dir: BorrowedFd<'_>, name: Vec<u8>, prefix: Option<&[u8]>) -> SysResult<Option<Entry>> {
    let Some(stat) = stat::of_entry(dir, &name)? else {
        return Ok(None);
    };
    let target = match stat.file_type() {
        FileType::Symlink => Some(read_link(dir, &name)?),
        _ => None,
    };
    let attributes = match prefix {
        Some(prefix) => xattr::all_by_path(&[prefix, &name].concat())?,
        None => Vec::new(),
    };
    Ok(Some(Entry { name, stat, target, attributes }))
}

/// `None` for an entry that was removed, or replaced by one that is no link, since it was listed.
pub fn vanished<T>(answer: SysResult<T>) -> SysResult<Option<T>> {
    match answer {
        Err(SysError { errno: Errno::NOENT, .. }) => Ok(None),
        Err(SysError { errno: Errno::INVAL, syscall: "readlinkat" }) => Ok(None),
        answer => answer.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn finds_everything_each_time() {
        let home = TestDir::new();
        fs::write(home.path("file"), "x").unwrap();
        symlink("target", home.path("link")).unwrap();
        for _ in 0..2 {
            let mut found = directory(home.fd(), true).unwrap();
            found.sort_by(|one, other| one.name.cmp(&other.name));
            let names: Vec<_> = found.iter().map(|entry| (&*entry.name, entry.target.as_deref())).collect();
            assert_eq!(names, [(&b"file"[..], None), (b"link", Some(&b"target"[..]))]);
        }
    }

    #[test]
    fn leaves_out_what_vanished() {
        let gone = SysError { errno: Errno::NOENT, syscall: "statx" };
        assert_eq!(vanished::<()>(Err(gone)), Ok(None));
        let replaced = SysError { errno: Errno::INVAL, syscall: "readlinkat" };
        assert_eq!(vanished::<()>(Err(replaced)), Ok(None));
        let refused = SysError { errno: Errno::ACCESS, syscall: "getxattr" };
        assert_eq!(vanished::<()>(Err(refused)), Err(refused));
    }
}
