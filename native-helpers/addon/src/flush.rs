//! What concerns a whole descriptor or file system: durability, space, locks.

use crate::error::{During, SysResult, retry};
use rustix::fd::BorrowedFd;
use rustix::fs::{FlockOperation, fstatfs};
use rustix::io::Errno;

pub fn fsync(fd: BorrowedFd<'_>) -> SysResult<()> {
    retry(|| rustix::fs::fsync(fd)).during("fsync")
}

pub fn sync_fs(fd: BorrowedFd<'_>) -> SysResult<()> {
    retry(|| rustix::fs::syncfs(fd)).during("syncfs")
}

/// `false` when somebody else holds the lock.
pub fn lock(fd: BorrowedFd<'_>, operation: FlockOperation) -> SysResult<bool> {
    match retry(|| rustix::fs::flock(fd, operation)) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        answer => answer.map(|()| true).during("flock"),
    }
}

pub struct FileSystem {
    pub magic: u32,
    pub block_size: u64,
    pub free_blocks: u64,
    pub free_inodes: u64,
    pub read_only: bool,
}

/// ST_RDONLY of `statfs(2)`.
const READ_ONLY: i64 = 1;

pub fn file_system(fd: BorrowedFd<'_>) -> SysResult<FileSystem> {
    let stat = retry(|| fstatfs(fd)).during("fstatfs")?;
    Ok(FileSystem {
        // The numbers of linux/magic.h have 32 bits; some arrive sign-extended.
        magic: stat.f_type as u32,
        block_size: stat.f_bsize as u64,
        free_blocks: stat.f_bavail,
        free_inodes: stat.f_ffree,
        read_only: stat.f_flags & READ_ONLY != 0,
    })
}
