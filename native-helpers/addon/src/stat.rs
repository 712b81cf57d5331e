//! `statx(2)`.

use crate::error::{During, SysResult, retry};
use crate::name::component_or_self;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, CWD, FileType, Statx, StatxFlags, StatxTimestamp, makedev, statx};
use rustix::io::Errno;

/// One answer.
pub struct Stat(Statx);

/// Slots of 8 bytes that one answer takes in the packed form.
pub const SLOTS: usize = 16;

/// What the packed form holds for a birth time that the file system does not keep.
const NO_BIRTH_TIME: i64 = i64::MIN;

fn wanted() -> StatxFlags {
    StatxFlags::BASIC_STATS | StatxFlags::BTIME | StatxFlags::MNT_ID
}

fn nanoseconds(time: StatxTimestamp) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(i64::from(time.tv_nsec))
}

impl Stat {
    pub fn file_type(&self) -> FileType {
        FileType::from_raw_mode(u32::from(self.0.stx_mode))
    }

    pub fn mode(&self) -> u32 {
        u32::from(self.0.stx_mode) & 0o7777
    }

    pub fn size(&self) -> u64 {
        self.0.stx_size
    }

    /// Bytes of storage that it takes; less than its size for a file with holes.
    pub fn allocated(&self) -> u64 {
        self.0.stx_blocks.saturating_mul(512)
    }

    /// Major and minor number of a device node.
    pub fn device(&self) -> (u32, u32) {
        (self.0.stx_rdev_major, self.0.stx_rdev_minor)
    }

    /// The form that crosses to JavaScript: counts as doubles, identities and times as 64-bit integers.
    /// `decode-stat.ts` reads it by the same order.
    pub fn pack(&self) -> [u64; SLOTS] {
        let stat = &self.0;
        let has = |flag: StatxFlags| stat.stx_mask & flag.bits() != 0;
        let birth = if has(StatxFlags::BTIME) { nanoseconds(stat.stx_btime) } else { NO_BIRTH_TIME };
        let number = |value: u32| f64::from(value).to_bits();
        // Above 2^53 a double is not exact; no file system reaches it.
        let long = |value: u64| (value as f64).to_bits();
        [
            number(u32::from(stat.stx_mode) >> 12),
            number(self.mode()),
            number(stat.stx_uid),
            number(stat.stx_gid),
            number(stat.stx_nlink),
            long(stat.stx_size),
            long(stat.stx_blocks),
            number(stat.stx_rdev_major),
            number(stat.stx_rdev_minor),
            makedev(stat.stx_dev_major, stat.stx_dev_minor),
            stat.stx_ino,
            nanoseconds(stat.stx_atime) as u64,
            nanoseconds(stat.stx_mtime) as u64,
            nanoseconds(stat.stx_ctime) as u64,
            birth as u64,
            if has(StatxFlags::MNT_ID) { stat.stx_mnt_id } else { 0 },
        ]
    }
}

/// The entry `name` of `dir`, itself if it is a symlink. ENOENT is an answer: `None`.
pub fn of_entry(dir: BorrowedFd<'_>, name: &[u8]) -> SysResult<Option<Stat>> {
    let name = component_or_self(name, "statx")?;
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    match retry(|| statx(dir, name, flags, wanted())) {
        Err(Errno::NOENT) => Ok(None),
        answer => Ok(Some(Stat(answer.during("statx")?))),
    }
}

pub fn of_fd(fd: BorrowedFd<'_>) -> SysResult<Stat> {
    retry(|| statx(fd, "", AtFlags::EMPTY_PATH, wanted())).map(Stat).during("statx")
}

/// By absolute path, links followed (also the magic ones below /proc). ENOENT is an answer: `None`.
pub fn of_path(path: &[u8]) -> SysResult<Option<Stat>> {
    match retry(|| statx(CWD, path, AtFlags::NO_AUTOMOUNT | AtFlags::STATX_DONT_SYNC, wanted())) {
        Err(Errno::NOENT) => Ok(None),
        answer => Ok(Some(Stat(answer.during("statx")?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_dir::TestDir;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn packs_what_the_standard_library_says() {
        let home = TestDir::new();
        fs::write(home.path("file"), "12345").unwrap();
        let expected = fs::metadata(home.path("file")).unwrap();
        let packed = of_entry(home.fd(), b"file").unwrap().unwrap().pack();
        assert_eq!(packed[0], 8.0_f64.to_bits());
        assert_eq!(packed[5], 5.0_f64.to_bits());
        assert_eq!((packed[9], packed[10]), (expected.dev(), expected.ino()));
        assert_eq!(packed[12] as i64, expected.mtime() * 1_000_000_000 + expected.mtime_nsec());
    }

    #[test]
    fn takes_no_entry_for_an_answer() {
        let home = TestDir::new();
        assert!(of_entry(home.fd(), b"none").unwrap().is_none());
        assert!(of_path(b"/no such file").unwrap().is_none());
    }
}
