//! The identities of a project's directories, taken once.
//!
//! Later, a directory whose ctime was that of an untouched one when it was looked at, and whose inode is still the
//! same, is known to be the one that the session began with. What is missing here is merely not known, so
//! whatever cannot be opened is left out, and a failure of the whole costs nobody anything.
//!
//! The file: `openagentic-directories 1\n`, then for each directory `<inode> <ctime in ns> <path>\0`.

use crate::answer::{During, Failure, Step};
use crate::plan::Index;
use crate::walk::{Directory, Walk};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, open, openat, renameat, unlinkat};
use std::fs::File;
use std::io::{BufWriter, Result as IoResult, Write};

const HEADER: &[u8] = b"openagentic-directories 1\n";

/// An index to take. The directory of its file is open, as a mount may come to cover it.
pub struct Wanted<'a> {
    index: &'a Index,
    parent: OwnedFd,
    name: &'a [u8],
}

impl<'a> Wanted<'a> {
    pub fn open(index: &'a Index) -> Step<Self> {
        let (parent, name) = split(&index.file)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let parent = open(parent, flags, Mode::empty()).during("index-file")?;
        Ok(Self { index, parent, name })
    }
}

/// Writes the file, which appears when it is whole. Ends early, with nothing left, when `must_stop` says so.
pub fn write(Wanted { index, parent, name }: &Wanted<'_>, must_stop: impl FnMut() -> bool) -> Step<()> {
    let name = *name;
    let unfinished = [name, b".tmp"].concat();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(parent, &*unfinished, flags, Mode::RUSR | Mode::WUSR).during("index-file")?;
    let written =
        fill(index, file, must_stop).and_then(|()| renameat(parent, &*unfinished, parent, name).during("index-file"));
    if written.is_err() {
        let _ = unlinkat(parent.as_fd(), &*unfinished, AtFlags::empty());
    }
    written
}

fn split(path: &[u8]) -> Step<(&[u8], &[u8])> {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) if at > 0 && at + 1 < path.len() => Ok((&path[..at], &path[at + 1..])),
        _ => Err(Failure::new("index-file", None, "not the path of a file")),
    }
}

fn fill(index: &Index, file: OwnedFd, mut must_stop: impl FnMut() -> bool) -> Step<()> {
    let mut walk = Walk::begin(&index.root, &index.skip).during("index-root")?;
    let mut out = BufWriter::new(File::from(file));
    out.write_all(HEADER).during("index-file")?;
    while !walk.is_over() {
        if must_stop() {
            return Err(Failure::new("index", None, "told to stop"));
        }
        if let Some(directory) = walk.step() {
            put(&mut out, &directory).during("index-file")?;
        }
    }
    out.flush().during("index-file")
}

fn put(out: &mut impl Write, directory: &Directory<'_>) -> IoResult<()> {
    write!(out, "{} {} ", directory.inode, directory.ctime_ns)?;
    out.write_all(directory.path)?;
    out.write_all(b"\0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, metadata, read, read_dir, write as write_file};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::path::Path;
    use tempfile::{TempDir, tempdir};

    fn take(index: &Index, must_stop: impl FnMut() -> bool) -> Step<()> {
        write(&Wanted::open(index)?, must_stop)
    }

    fn bed() -> (TempDir, Index) {
        let home = tempdir().unwrap();
        create_dir_all(home.path().join("project/.own/deep")).unwrap();
        create_dir_all(home.path().join("record")).unwrap();
        let bytes = |path: &str| home.path().join(path).as_os_str().as_bytes().to_vec();
        let index = Index { root: bytes("project"), file: bytes("record/directories"), skip: b".own".to_vec() };
        (home, index)
    }

    fn record(root: &Path, path: &str) -> Vec<u8> {
        let meta = metadata(root.join(path)).unwrap();
        let ctime = i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec());
        format!("{} {ctime} {path}\0", meta.ino()).into_bytes()
    }

    #[test]
    fn writes_inode_ctime_and_path() {
        let (home, index) = bed();
        let root = home.path().join("project");
        create_dir_all(root.join("a b\n/c")).unwrap();
        take(&index, || false).unwrap();
        let file = home.path().join("record/directories");
        let expected = [HEADER.to_vec(), record(&root, "a b\n"), record(&root, "a b\n/c")].concat();
        assert_eq!(read(&file).unwrap(), expected);
        assert_eq!(metadata(&file).unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(read_dir(home.path().join("record")).unwrap().count(), 1);
    }

    #[test]
    fn leaves_nothing_when_it_is_stopped() {
        let (home, index) = bed();
        for at in 0..3 {
            create_dir_all(home.path().join(format!("project/{at}"))).unwrap();
        }
        for steps in 0..3 {
            let mut left = steps;
            let stop = || {
                left -= 1;
                left < 0
            };
            assert!(take(&index, stop).is_err());
            assert_eq!(read_dir(home.path().join("record")).unwrap().count(), 0);
        }
    }

    #[test]
    fn follows_no_link_and_replaces_nothing_of_its_name() {
        let (home, index) = bed();
        let victim = home.path().join("victim");
        write_file(&victim, "precious").unwrap();
        std::os::unix::fs::symlink(&victim, home.path().join("record/directories.tmp")).unwrap();
        assert!(take(&index, || false).is_err());
        assert_eq!(read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn says_what_is_missing() {
        let (home, index) = bed();
        let absent = home.path().join("absent/x").as_os_str().as_bytes().to_vec();
        let no_root = Index { root: absent.clone(), ..index.clone() };
        assert!(take(&no_root, || false).unwrap_err().to_json().contains(r#""step":"index-root","errno":"ENOENT""#));
        let no_place = Index { file: absent, ..index.clone() };
        assert!(take(&no_place, || false).unwrap_err().to_json().contains(r#""step":"index-file""#));
        let no_file = Index { file: b"/x/".to_vec(), ..index };
        assert!(take(&no_file, || false).is_err());
        assert_eq!(read_dir(home.path().join("record")).unwrap().count(), 0);
    }
}
