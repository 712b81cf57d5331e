//! Work on many files of a tree in one call.

use crate::error::{SysError, SysResult};
use crate::parent::Parent;
use crate::stat::{self, Stat};
use crate::{entries, open, read_write};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::RenameFlags;

/// What became of a pair of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Same = 0,
    Different = 1,
    /// One of them could not be opened or read.
    Failed = 2,
}

/// Holds files of one tree against files of another, pair by pair; `paths` are those of a pair, one after the other.
pub fn compare<'a>(
    root: BorrowedFd<'_>,
    other_root: BorrowedFd<'_>,
    mut paths: impl Iterator<Item = &'a [u8]>,
) -> Vec<Comparison> {
    let (mut here, mut there) = (Parent::of(root), Parent::of(other_root));
    let mut compared = Vec::new();
    while let (Some(path), Some(other)) = (paths.next(), paths.next()) {
        let same = here.at(path).and_then(|(dir, name)| {
            there
                .at(other)
                .and_then(|(other_dir, other_name)| read_write::same_content(dir, name, other_dir, other_name))
        });
        compared.push(match same {
            Ok(true) => Comparison::Same,
            Ok(false) => Comparison::Different,
            Err(_) => Comparison::Failed,
        });
    }
    compared
}

/// A file that was read.
pub struct ReadFile {
    /// Where its content begins in the buffer.
    pub start: usize,
    pub length: usize,
    /// Of the file that was read, after it was.
    pub stat: Stat,
}

/// Reads whole files into a buffer, one after the other; `None` for one that could not be read or did not fit in with a byte to spare.
pub fn read<'a>(
    root: BorrowedFd<'_>,
    paths: impl Iterator<Item = &'a [u8]>,
    buffer: &mut [u8],
) -> Vec<Option<ReadFile>> {
    let mut parent = Parent::of(root);
    let mut start = 0;
    let mut read_one = |path| -> SysResult<Option<ReadFile>> {
        let (dir, name) = parent.at(path)?;
        let fd = open::file(dir, name, false)?;
        let Some(length) = read_write::read_open_into(fd.as_fd(), &mut buffer[start..])? else {
            return Ok(None);
        };
        let file = ReadFile { start, length, stat: stat::of_fd(fd.as_fd())? };
        start += length;
        Ok(Some(file))
    };
    paths.map(|path| read_one(path).unwrap_or(None)).collect()
}

/// Renames entries of one tree to paths in another, in order, up to the first that fails; `paths` are those of an entry, one after the other.
/// Returns how many were renamed, and why the next was not.
pub fn rename<'a>(
    from_root: BorrowedFd<'_>,
    to_root: BorrowedFd<'_>,
    mut paths: impl Iterator<Item = &'a [u8]>,
    flags: impl Iterator<Item = RenameFlags>,
) -> (usize, Option<SysError>) {
    let (mut source, mut target) = (Parent::of(from_root), Parent::of(to_root));
    let mut done = 0;
    for flags in flags {
        let (Some(from), Some(to)) = (paths.next(), paths.next()) else { break };
        let renamed = source.at(from).and_then(|(from_dir, from_name)| {
            let (to_dir, to_name) = target.at(to)?;
            entries::rename(from_dir, from_name, to_dir, to_name, flags)
        });
        if let Err(error) = renamed {
            return (done, Some(error));
        }
        done += 1;
    }
    (done, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn compares_pair_by_pair() {
        let (one, other) = (TestDir::new(), TestDir::new());
        fs::create_dir_all(one.path("d/e")).unwrap();
        fs::create_dir(other.path("d")).unwrap();
        for (dir, name, content) in
            [(&one, "a", "1"), (&other, "a", "1"), (&one, "d/a", "1"), (&other, "d/b", "2"), (&one, "d/e/c", "2")]
        {
            fs::write(dir.path(name), content).unwrap();
        }
        symlink("a", other.path("link")).unwrap();
        let paths = [&b"a"[..], b"a", b"d/a", b"d/b", b"d/e/c", b"d/b", b"none/a", b"a", b"a", b"link"];
        let compared = compare(one.fd(), other.fd(), paths.into_iter());
        use Comparison::{Different, Failed, Same};
        assert_eq!(compared, [Same, Different, Same, Failed, Failed]);
    }

    #[test]
    fn renames_up_to_the_first_that_fails() {
        let (one, other) = (TestDir::new(), TestDir::new());
        fs::create_dir(one.path("d")).unwrap();
        fs::create_dir(other.path("e")).unwrap();
        for (dir, name, content) in [(&one, "a", "a"), (&one, "d/b", "b"), (&one, "d/c", "c"), (&other, "e/b", "old")] {
            fs::write(dir.path(name), content).unwrap();
        }
        let paths = [&b"a"[..], b"e/a", b"d/b", b"e/b", b"d/c", b"e/b", b"d/c", b"e/c"];
        let flags = [RenameFlags::NOREPLACE, RenameFlags::EXCHANGE, RenameFlags::NOREPLACE, RenameFlags::NOREPLACE];
        let (done, failure) = rename(one.fd(), other.fd(), paths.into_iter(), flags.into_iter());
        assert_eq!((done, failure.unwrap().errno), (2, rustix::io::Errno::EXIST));
        assert_eq!(fs::read(other.path("e/a")).unwrap(), b"a");
        assert_eq!(fs::read(other.path("e/b")).unwrap(), b"b");
        assert_eq!(fs::read(one.path("d/b")).unwrap(), b"old");
        assert!(fs::exists(one.path("d/c")).unwrap());
    }

    #[test]
    fn reads_one_after_the_other() {
        let home = TestDir::new();
        fs::create_dir(home.path("d")).unwrap();
        for (name, content) in [("a", "12"), ("d/b", ""), ("d/big", "1234567"), ("d/c", "345")] {
            fs::write(home.path(name), content).unwrap();
        }
        let mut buffer = [0; 7];
        let paths = [&b"a"[..], b"d/b", b"d/big", b"../a", b"none", b"d/c"];
        let files = read(home.fd(), paths.into_iter(), &mut buffer);
        let found: Vec<_> = files.iter().map(|file| file.as_ref().map(|file| (file.start, file.length))).collect();
        assert_eq!(found, [Some((0, 2)), Some((2, 0)), None, None, None, Some((2, 3))]);
        assert_eq!(&buffer[..5], b"12345");
        assert_eq!(files[5].as_ref().unwrap().stat.size(), 3);
    }
}
