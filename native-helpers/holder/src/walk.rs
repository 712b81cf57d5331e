//! Every directory below a root, by descriptors, in memory that does not grow with the tree.

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::ffi::CStr;
use rustix::fs::{FileType, Mode, OFlags, RawDir, ResolveFlags, Stat, fstat, open, openat2};
use rustix::io::{Errno, Result as IoResult};
use std::mem::MaybeUninit;

/// Levels that are gone down. Each costs an open descriptor and up to `BATCH` bytes.
const DEEPEST: usize = 256;

/// Bytes of names that are read at a time, of one directory.
const BATCH: usize = 8192;

/// A directory as it was when it was opened.
pub struct Directory<'a> {
    pub inode: u64,
    pub ctime_ns: i128,
    /// From the root on.
    pub path: &'a [u8],
}

/// A walk, one step at a time.
pub struct Walk {
    skip: Vec<u8>,
    device: u64,
    path: Vec<u8>,
    levels: Vec<Level>,
}

/// A directory that is being read. The descriptor keeps the place where reading goes on.
struct Level {
    fd: OwnedFd,
    path_length: usize,
    names: Names,
}

/// Names that may be those of directories, each ended by a NUL, and how much of them is done.
#[derive(Default)]
struct Names {
    bytes: Vec<u8>,
    done: usize,
}

impl Walk {
    /// `skip`: a name in the root that is left out.
    pub fn begin(root: &[u8], skip: &[u8]) -> IoResult<Self> {
        let fd = open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let device = fstat(&fd)?.st_dev;
        Ok(Self { skip: skip.to_vec(), device, path: Vec::new(), levels: vec![Level::new(fd, 0)] })
    }

    pub fn is_over(&self) -> bool {
        self.levels.is_empty()
    }

    /// Does a little. Gives the directory that it came upon, if it did.
    pub fn step(&mut self) -> Option<Directory<'_>> {
        let is_root = self.levels.len() == 1;
        let level = self.levels.last_mut()?;
        self.path.truncate(level.path_length);
        let Some(name) = level.names.next() else {
            let skip: &[u8] = if is_root { &self.skip } else { b"" };
            if !level.read_more(skip) {
                self.levels.pop();
            }
            return None;
        };
        // What cannot be opened is left out, and so is what is below it.
        let fd = open_child(level.fd.as_fd(), name).ok()?;
        let stat = fstat(&fd).ok()?;
        // A subvolume of btrfs has inode numbers of its own.
        if stat.st_dev != self.device {
            return None;
        }
        if !is_root {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name.to_bytes());
        if self.levels.len() < DEEPEST {
            self.levels.push(Level::new(fd, self.path.len()));
        }
        Some(Directory { inode: stat.st_ino, ctime_ns: ctime_ns(&stat), path: &self.path })
    }
}

impl Level {
    fn new(fd: OwnedFd, path_length: usize) -> Self {
        Self { fd, path_length, names: Names::default() }
    }

    /// Reads the next names. `false` at the end, or where it cannot be read on.
    fn read_more(&mut self, skip: &[u8]) -> bool {
        self.names = Names::default();
        let mut buffer = [MaybeUninit::uninit(); BATCH];
        let mut entries = RawDir::new(&self.fd, &mut buffer);
        loop {
            match entries.next() {
                Some(Ok(entry)) => {
                    let may_be_directory = matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
                    let name = entry.file_name();
                    if may_be_directory && ![&b"."[..], b"..", skip].contains(&name.to_bytes()) {
                        self.names.bytes.extend_from_slice(name.to_bytes_with_nul());
                    }
                }
                Some(Err(Errno::INTR)) => continue,
                Some(Err(_)) | None => return false,
            }
            if entries.is_buffer_empty() {
                self.names.bytes.shrink_to_fit();
                return true;
            }
        }
    }
}

impl Names {
    fn next(&mut self) -> Option<&CStr> {
        let name = CStr::from_bytes_until_nul(self.bytes.get(self.done..)?).ok()?;
        self.done += name.count_bytes() + 1;
        Some(name)
    }
}

/// Not another mount, not through a link. Reading must not move the person's atimes, where that can be helped.
fn open_child(parent: BorrowedFd<'_>, name: &CStr) -> IoResult<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve =
        ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
    let open = |flags| openat2(parent, name, flags, Mode::empty(), resolve);
    match open(flags | OFlags::NOATIME) {
        // Only its owner may ask for that.
        Err(Errno::PERM) => open(flags),
        answer => answer,
    }
}

fn ctime_ns(stat: &Stat) -> i128 {
    i128::from(stat.st_ctime) * 1_000_000_000 + i128::from(stat.st_ctime_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir, create_dir_all, write};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use tempfile::tempdir;

    fn below(root: &Path, skip: &str) -> Vec<Vec<u8>> {
        let mut walk = Walk::begin(root.as_os_str().as_bytes(), skip.as_bytes()).unwrap();
        let mut found = Vec::new();
        while !walk.is_over() {
            found.extend(walk.step().map(|directory| directory.path.to_vec()));
        }
        found.sort();
        found
    }

    #[test]
    fn finds_directories_alone() {
        let home = tempdir().unwrap();
        create_dir_all(home.path().join("a/b/c")).unwrap();
        create_dir_all(home.path().join("d")).unwrap();
        write(home.path().join("a/file"), "").unwrap();
        symlink("b", home.path().join("a/link")).unwrap();
        symlink("/", home.path().join("out")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, home.path().join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(below(home.path(), ""), [&b"a"[..], b"a/b", b"a/b/c", b"d"]);
    }

    #[test]
    fn skips_a_name_at_the_top_only() {
        let home = tempdir().unwrap();
        create_dir_all(home.path().join("own/below")).unwrap();
        create_dir_all(home.path().join("a/own")).unwrap();
        assert_eq!(below(home.path(), "own"), [&b"a"[..], b"a/own"]);
    }

    #[test]
    fn keeps_every_byte_of_a_name() {
        let home = tempdir().unwrap();
        let names: [&[u8]; 4] = [b"\xff\xfe", b"a\nb", b" ", b"-"];
        for name in names {
            create_dir(home.path().join(std::ffi::OsString::from_vec(name.to_vec()))).unwrap();
        }
        assert_eq!(below(home.path(), ""), [&b" "[..], b"-", b"a\nb", b"\xff\xfe"]);
    }

    #[test]
    fn reads_a_wide_directory_in_several_pieces() {
        let home = tempdir().unwrap();
        for at in 0..3_000 {
            create_dir_all(home.path().join(format!("{at}/below"))).unwrap();
        }
        assert_eq!(below(home.path(), "").len(), 6_000);
    }

    #[test]
    fn goes_down_so_far_and_no_further() {
        let home = tempdir().unwrap();
        let chain = vec!["d"; DEEPEST + 50].join("/");
        create_dir_all(home.path().join(chain)).unwrap();
        create_dir_all(home.path().join("e/f")).unwrap();
        let found = below(home.path(), "");
        assert_eq!(found.len(), DEEPEST + 2);
        assert!(found.contains(&b"e/f".to_vec()));
    }
}
