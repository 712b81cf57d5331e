//! What lies at many paths.

use crate::attribute_reader::AttributeReader;
use crate::error::{SysError, SysResult};
use crate::parent::Parent;
use crate::scan::vanished;
use crate::stat::{self, Stat};
use rustix::fd::BorrowedFd;
use rustix::io::Errno;

/// Of each path a stat, zeroes where there is nothing, and where its attributes end in the text.
#[derive(Default)]
pub struct Looked {
    pub rows: Vec<u64>,
    pub ends: Vec<u32>,
    /// As `AttributeReader` writes them.
    pub text: Vec<u8>,
}

/// Looks at the entries at `paths` below `root`; an empty one is the root itself.
pub fn at<'a>(root: BorrowedFd<'_>, paths: impl Iterator<Item = &'a [u8]>, with_attributes: bool) -> SysResult<Looked> {
    let mut parent = Parent::of(root);
    let mut looked = Looked::default();
    for path in paths {
        let start = looked.text.len();
        let stat = match look(&mut parent, path, with_attributes, &mut looked.text) {
            // A directory above is not there any more, or is none.
            Err(SysError { errno: Errno::NOENT | Errno::NOTDIR | Errno::LOOP, .. }) => None,
            answer => answer?,
        };
        if stat.is_none() {
            looked.text.truncate(start);
        }
        looked.rows.extend(stat.map_or([0; stat::SLOTS], |stat| stat.pack()));
        looked.ends.push(looked.text.len() as u32);
    }
    Ok(looked)
}

fn look(parent: &mut Parent<'_>, path: &[u8], with_attributes: bool, text: &mut Vec<u8>) -> SysResult<Option<Stat>> {
    let (dir, name) = parent.at(path)?;
    let name = if name.is_empty() { b"." } else { name };
    let Some(stat) = stat::of_entry(dir, name)? else {
        return Ok(None);
    };
    if with_attributes && vanished(AttributeReader::new(dir).append(name, text))?.is_none() {
        return Ok(None);
    }
    Ok(Some(stat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn finds_what_is_there() {
        let home = TestDir::new();
        fs::create_dir(home.path("d")).unwrap();
        fs::write(home.path("d/file"), "123").unwrap();
        symlink("d", home.path("link")).unwrap();
        let paths = [&b"d/file"[..], b"none", b"link", b"d/none/x", b"link/file", b"d/file/x", b"", b"d"];
        let looked = at(home.fd(), paths.into_iter(), true).unwrap();
        let types: Vec<_> = looked.rows.chunks(stat::SLOTS).map(|row| f64::from_bits(row[0])).collect();
        assert_eq!(types, [8.0, 0.0, 10.0, 0.0, 0.0, 0.0, 4.0, 4.0]);
        assert_eq!(f64::from_bits(looked.rows[5]), 3.0);
        assert_eq!(looked.ends.len(), 8);
    }

    #[test]
    fn goes_up_with_other_errors() {
        let home = TestDir::new();
        assert_eq!(at(home.fd(), [&b"../x"[..]].into_iter(), false).err().unwrap().errno, Errno::XDEV);
    }
}
