//! Entries of an overlay's layers, for a server: each call answers 0 or more, or an errno below 0; nothing is thrown.
//! An empty name means what the descriptor is open on.

use super::layer::{answer, descriptor, done};
use crate::error::{During, SysResult, fail};
use crate::ffi::{Bytes, bytes_of, fill};
use crate::place::Place;
use crate::{entries, ffi, names, open, stat};
use napi::bindgen_prelude::{BigUint64Array, BigUint64ArraySlice, Buffer, Uint8ArraySlice};
use napi_derive::napi;
use rustix::fd::IntoRawFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Timespec, XattrFlags, mkdirat, mknodat, unlinkat};
use rustix::io::Errno;

/// `openat2` of one component, or `.`, the umask counts; by an empty name what `dir` is open on, once more.
#[napi]
pub fn layer_open(dir: i32, name: Bytes, flags: u32, mode: u32) -> i64 {
    answer(|| {
        let (flags, mode) = (OFlags::from_bits_retain(flags), Mode::from_raw_mode(mode & 0o7777));
        let dir = descriptor(dir)?;
        let fd = if name.0.is_empty() { open::again(dir, flags)? } else { open::one(dir, &name.0, flags, mode)? };
        Ok(i64::from(fd.into_raw_fd()))
    })
}

#[napi]
pub fn layer_open_dir(dir: i32, name: Bytes) -> i64 {
    answer(|| {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        Ok(i64::from(open::one(descriptor(dir)?, &name.0, flags, Mode::empty())?.into_raw_fd()))
    })
}

#[napi]
pub fn layer_close(fd: i32) -> i64 {
    done(|| ffi::close(fd).during("close"))
}

/// Fills a row of 16 slots.
#[napi]
pub fn layer_stat(dir: i32, name: Bytes, mut row: BigUint64ArraySlice) -> i64 {
    done(|| {
        let dir = descriptor(dir)?;
        let found = if name.0.is_empty() { Some(stat::of_fd(dir)?) } else { stat::of_entry(dir, &name.0)? };
        match found {
            Some(stat) => {
                fill(&mut row, &stat.pack());
                Ok(())
            }
            None => fail(Errno::NOENT, "statx"),
        }
    })
}

#[napi(object, object_from_js = false)]
pub struct LayerNames {
    /// Each followed by a slash.
    #[napi(ts_type = "Bytes")]
    pub names: Bytes,
    /// `st_mode >> 12` of each; 0 where the file system does not say.
    pub types: Buffer,
    pub inodes: BigUint64Array,
    /// An errno below 0, and no names.
    pub errno: i32,
}

#[napi]
pub fn layer_names(dir: i32) -> LayerNames {
    let (names, errno) = match descriptor(dir).and_then(names::list) {
        Ok(names) => (names, 0),
        Err(error) => (names::Names::default(), -error.errno.raw_os_error()),
    };
    LayerNames { names: Bytes(names.text), types: names.types.into(), inodes: BigUint64Array::new(names.inodes), errno }
}

#[napi]
pub fn layer_read_link(dir: i32, name: Bytes, mut into: Uint8ArraySlice) -> i64 {
    answer(|| put(&entries::read_link(descriptor(dir)?, &name.0)?, bytes_of(&mut into)))
}

#[napi]
pub fn layer_mkdir(dir: i32, name: Bytes, mode: u32) -> i64 {
    done(|| {
        let name = crate::name::component(&name.0, "mkdirat")?;
        mkdirat(descriptor(dir)?, name, Mode::from_raw_mode(mode & 0o7777)).during("mkdirat")
    })
}

/// `mode` with the type.
#[napi]
pub fn layer_mknod(dir: i32, name: Bytes, mode: u32, major: u32, minor: u32) -> i64 {
    done(|| {
        let name = crate::name::component(&name.0, "mknodat")?;
        let (kind, device) = (FileType::from_raw_mode(mode), rustix::fs::makedev(major, minor));
        mknodat(descriptor(dir)?, name, kind, Mode::from_raw_mode(mode & 0o7777), device).during("mknodat")
    })
}

#[napi]
pub fn layer_symlink(target: Bytes, dir: i32, name: Bytes) -> i64 {
    done(|| entries::make_symlink(&target.0, descriptor(dir)?, &name.0))
}

#[napi]
pub fn layer_link(from_dir: i32, from: Bytes, to_dir: i32, to: Bytes) -> i64 {
    done(|| entries::link(descriptor(from_dir)?, &from.0, descriptor(to_dir)?, &to.0))
}

#[napi]
pub fn layer_unlink(dir: i32, name: Bytes, directory: bool) -> i64 {
    done(|| {
        let name = crate::name::component(&name.0, "unlinkat")?;
        let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        unlinkat(descriptor(dir)?, name, flags).during("unlinkat")
    })
}

/// `flags` of renameat2(2).
#[napi]
pub fn layer_rename(from_dir: i32, from: Bytes, to_dir: i32, to: Bytes, flags: u32) -> i64 {
    let flags = RenameFlags::from_bits_retain(flags);
    done(|| entries::rename(descriptor(from_dir)?, &from.0, descriptor(to_dir)?, &to.0, flags))
}

#[napi]
pub fn layer_set_mode(dir: i32, name: Bytes, mode: u32) -> i64 {
    done(|| Place::new(descriptor(dir)?, &name.0, "fchmodat")?.set_mode(mode))
}

/// An id of -1 stays as it is.
#[napi]
pub fn layer_set_owner(dir: i32, name: Bytes, uid: i64, gid: i64) -> i64 {
    let id = |id: i64| u32::try_from(id).ok();
    done(|| Place::new(descriptor(dir)?, &name.0, "fchownat")?.set_owner(id(uid), id(gid)))
}

/// Seconds and nanoseconds, or UTIME_NOW and UTIME_OMIT, of access and of modification.
#[napi]
pub fn layer_set_times(dir: i32, name: Bytes, atime: i64, atime_ns: i64, mtime: i64, mtime_ns: i64) -> i64 {
    let time = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    let (accessed, modified) = (time(atime, atime_ns), time(mtime, mtime_ns));
    done(|| Place::new(descriptor(dir)?, &name.0, "utimensat")?.set_times(accessed, modified))
}

/// The length; with an empty `into` only that.
#[napi]
pub fn layer_get_xattr(dir: i32, name: Bytes, key: Bytes, mut into: Uint8ArraySlice) -> i64 {
    answer(|| {
        let place = Place::new(descriptor(dir)?, &name.0, "getxattr")?;
        Ok(place.get_xattr(&key.0, bytes_of(&mut into))? as i64)
    })
}

/// As `layerGetXattr`: names, each followed by a NUL.
#[napi]
pub fn layer_list_xattrs(dir: i32, name: Bytes, mut into: Uint8ArraySlice) -> i64 {
    answer(|| Ok(Place::new(descriptor(dir)?, &name.0, "listxattr")?.list_xattrs(bytes_of(&mut into))? as i64))
}

/// `flags` of setxattr(2).
#[napi]
pub fn layer_set_xattr(dir: i32, name: Bytes, key: Bytes, value: Uint8ArraySlice, flags: u32) -> i64 {
    let flags = XattrFlags::from_bits_retain(flags);
    done(|| Place::new(descriptor(dir)?, &name.0, "setxattr")?.set_xattr(&key.0, &value, flags))
}

#[napi]
pub fn layer_remove_xattr(dir: i32, name: Bytes, key: Bytes) -> i64 {
    done(|| Place::new(descriptor(dir)?, &name.0, "removexattr")?.remove_xattr(&key.0))
}

/// The file handle: its type in the first byte, then its bytes.
#[napi]
pub fn layer_file_handle(dir: i32, name: Bytes, mut into: Uint8ArraySlice) -> i64 {
    answer(|| {
        let place = Place::new(descriptor(dir)?, &name.0, "name_to_handle_at")?;
        let (kind, bytes) = ffi::name_to_handle(place.dir, place.name).during("name_to_handle_at")?;
        put(&[&[kind as u8], &*bytes].concat(), bytes_of(&mut into))
    })
}

fn put(bytes: &[u8], into: &mut [u8]) -> SysResult<i64> {
    let Some(target) = into.get_mut(..bytes.len()) else {
        return fail(Errno::RANGE, "copy");
    };
    target.copy_from_slice(bytes);
    Ok(bytes.len() as i64)
}
