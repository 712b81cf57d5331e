//! Directories and, name by name, what others hold beside them, in one answer.

use crate::attribute_reader::AttributeReader;
use crate::entries::read_link;
use crate::error::SysResult;
use crate::open;
use crate::scan::{names, vanished};
use crate::stat::{self, Stat};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::FileType;

/// Slots of 8 bytes that one name takes in [`Pairs::rows`]: both stats, and where its pieces of text end.
pub const SLOTS: usize = 2 * stat::SLOTS + PIECES;

/// Name, link target and attributes of the own entry, link target and attributes of the other one.
const PIECES: usize = 5;

/// Names in byte order, packed for JavaScript; `pair-scan.ts` reads it by the same order.
#[derive(Default)]
pub struct Pairs {
    /// Of each name the stat of the own entry, that of the other one (all 0 when there is none), and as doubles the ends of its pieces.
    pub rows: Vec<u64>,
    /// All pieces, one after the other.
    pub text: Vec<u8>,
}

impl Pairs {
    /// Adds all entries of `own` but `.` and `..`, and what `other` holds under their names: how many. What vanishes
    /// meanwhile is left out.
    ///
    /// Whose own entry is a device 0:0 has no attributes in the answer, neither of the one nor of the other: it stands for the
    /// absence of the other, which need not be readable.
    pub fn scan(&mut self, own: BorrowedFd<'_>, other: Option<BorrowedFd<'_>>) -> SysResult<usize> {
        let (rows, text) = (self.rows.len(), self.text.len());
        let added = self.scan_all(own, other);
        if added.is_err() {
            self.rows.truncate(rows);
            self.text.truncate(text);
        }
        added
    }

    /// As [`Pairs::scan`], of the directories at `path` below two roots, or one.
    pub fn scan_below(
        &mut self,
        root: BorrowedFd<'_>,
        other_root: Option<BorrowedFd<'_>>,
        path: &[u8],
    ) -> SysResult<usize> {
        let own = open::dir(root, path)?;
        let other = other_root.map(|root| open::dir(root, path)).transpose()?;
        self.scan(own.as_fd(), other.as_ref().map(AsFd::as_fd))
    }

    fn scan_all(&mut self, own: BorrowedFd<'_>, other: Option<BorrowedFd<'_>>) -> SysResult<usize> {
        let before = self.rows.len();
        let mut names = names(own)?;
        names.sort_unstable();
        self.rows.reserve(names.len() * SLOTS);
        let mut own = Side::new(own);
        let mut other = other.map(Side::new);
        for name in &names {
            self.add(name, &mut own, other.as_mut())?;
        }
        Ok((self.rows.len() - before) / SLOTS)
    }

    fn add(&mut self, name: &[u8], own: &mut Side<'_>, other: Option<&mut Side<'_>>) -> SysResult<()> {
        let before = self.text.len();
        self.text.extend_from_slice(name);
        let mut ends = [self.text.len(); PIECES];
        let Some(stat) = own.look(name, &mut self.text, true, &mut ends[1..3])? else {
            self.text.truncate(before);
            return Ok(());
        };
        let wants_attributes = !stands_for_absence(&stat);
        let end = self.text.len();
        let counterpart = match other {
            Some(side) => side.look(name, &mut self.text, wants_attributes, &mut ends[3..5])?,
            None => None,
        };
        if counterpart.is_none() {
            self.text.truncate(end);
            ends[3..5].fill(end);
        }
        self.rows.extend_from_slice(&stat.pack());
        self.rows.extend_from_slice(&counterpart.map_or([0; stat::SLOTS], |stat| stat.pack()));
        self.rows.extend(ends.map(|end| (end as f64).to_bits()));
        Ok(())
    }
}

fn stands_for_absence(stat: &Stat) -> bool {
    stat.file_type() == FileType::CharacterDevice && stat.device() == (0, 0)
}

/// One of the two directories.
struct Side<'a> {
    dir: BorrowedFd<'a>,
    attributes: AttributeReader<'a>,
}

impl<'a> Side<'a> {
    fn new(dir: BorrowedFd<'a>) -> Self {
        Self { dir, attributes: AttributeReader::new(dir) }
    }

    /// The stat; link target and attributes go to `text`, their ends to `ends`. `None`: there is no such entry (any more).
    fn look(
        &mut self,
        name: &[u8],
        text: &mut Vec<u8>,
        with_attributes: bool,
        ends: &mut [usize],
    ) -> SysResult<Option<Stat>> {
        let Some(stat) = stat::of_entry(self.dir, name)? else {
            return Ok(None);
        };
        if stat.file_type() == FileType::Symlink {
            match vanished(read_link(self.dir, name))? {
                Some(target) => text.extend_from_slice(&target),
                None => return Ok(None),
            }
        }
        ends[0] = text.len();
        if with_attributes && !stands_for_absence(&stat) && vanished(self.attributes.append(name, text))?.is_none() {
            return Ok(None);
        }
        ends[1] = text.len();
        Ok(Some(stat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use rustix::io::Errno;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn pieces(pairs: &Pairs) -> Vec<Vec<&[u8]>> {
        let mut start = 0;
        let piece = |&bits: &u64| {
            let end = f64::from_bits(bits) as usize;
            let piece = &pairs.text[start..end];
            start = end;
            piece
        };
        let ends: Vec<_> = pairs.rows.chunks(SLOTS).flat_map(|row| &row[2 * stat::SLOTS..]).map(piece).collect();
        ends.chunks(PIECES).map(<[_]>::to_vec).collect()
    }

    #[test]
    fn pairs_by_name_in_byte_order() {
        let (own, other) = (TestDir::new(), TestDir::new());
        fs::write(own.path("b"), "x").unwrap();
        symlink("there", own.path("\u{e9}")).unwrap();
        fs::write(own.path("Z"), "x").unwrap();
        symlink("elsewhere", other.path("b")).unwrap();
        fs::write(other.path("not asked for"), "x").unwrap();
        let mut pairs = Pairs::default();
        assert_eq!(pairs.scan(own.fd(), Some(other.fd())), Ok(3));
        let none = &b""[..];
        assert_eq!(
            pieces(&pairs),
            [
                [&b"Z"[..], none, none, none, none],
                [b"b", none, none, b"elsewhere", none],
                ["\u{e9}".as_bytes(), b"there", none, none, none],
            ]
        );
        let types: Vec<_> = pairs.rows.chunks(SLOTS).map(|row| f64::from_bits(row[stat::SLOTS])).collect();
        assert_eq!(types, [0.0, 10.0, 0.0]);
    }

    #[test]
    fn needs_no_other_directory() {
        let own = TestDir::new();
        fs::write(own.path("file"), "x").unwrap();
        let mut pairs = Pairs::default();
        assert_eq!(pairs.scan(own.fd(), None), Ok(1));
        assert_eq!(pairs.text, b"file");
    }

    #[test]
    fn leaves_nothing_of_a_directory_that_fails() {
        let (own, other) = (TestDir::new(), TestDir::new());
        for dir in [&own, &other] {
            fs::create_dir(dir.path("d")).unwrap();
            fs::write(dir.path("d/file"), "x").unwrap();
        }
        let mut pairs = Pairs::default();
        assert_eq!(pairs.scan_below(own.fd(), Some(other.fd()), b"d"), Ok(1));
        assert_eq!(pairs.scan_below(own.fd(), Some(other.fd()), b"none").unwrap_err().errno, Errno::NOENT);
        let no_directory = fs::File::open(own.path("d/file")).unwrap();
        assert!(pairs.scan(own.fd(), Some(no_directory.as_fd())).is_err());
        assert_eq!(pairs.scan_below(own.fd(), None, b""), Ok(1));
        assert_eq!(pairs.text, b"filed");
    }
}
