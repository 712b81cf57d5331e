//! Content of an overlay's files, for a server; answers as in `layer_entries`.

use super::layer::{answer, descriptor, done};
use super::unsigned;
use crate::error::{During, retry};
use crate::ffi::bytes_of;
use crate::{copy, file_space, read_write};
use napi::bindgen_prelude::{Float64ArraySlice, Uint8ArraySlice};
use napi_derive::napi;

/// Fills `into`; less only at the end of the file.
#[napi]
pub fn layer_read(fd: i32, mut into: Uint8ArraySlice, position: i64) -> i64 {
    answer(|| {
        let (fd, into) = (descriptor(fd)?, bytes_of(&mut into));
        Ok(read_write::read_full(fd, into, unsigned(position))? as i64)
    })
}

/// As write(2): fewer bytes where there is no room for more.
#[napi]
pub fn layer_write(fd: i32, data: Uint8ArraySlice, position: i64) -> i64 {
    answer(|| Ok(read_write::write_some(descriptor(fd)?, &data, unsigned(position))? as i64))
}

#[napi]
pub fn layer_truncate(fd: i32, size: i64) -> i64 {
    done(|| read_write::truncate(descriptor(fd)?, unsigned(size)))
}

/// `mode` of fallocate(2).
#[napi]
pub fn layer_allocate(fd: i32, mode: u32, offset: i64, length: i64) -> i64 {
    done(|| file_space::allocate(descriptor(fd)?, mode, unsigned(offset), unsigned(length)))
}

/// SEEK_DATA (3) or SEEK_HOLE (4).
#[napi]
pub fn layer_seek(fd: i32, offset: i64, whence: u32) -> i64 {
    answer(|| Ok(file_space::seek_to(descriptor(fd)?, unsigned(offset), whence)? as i64))
}

#[napi]
pub fn layer_sync(fd: i32, data_only: bool) -> i64 {
    done(|| {
        let fd = descriptor(fd)?;
        retry(|| if data_only { rustix::fs::fdatasync(fd) } else { rustix::fs::fsync(fd) }).during("fsync")
    })
}

/// 1: all extents are shared; 0: the file systems cannot.
#[napi]
pub fn layer_clone(from: i32, to: i32) -> i64 {
    answer(|| Ok(i64::from(copy::clone_content(descriptor(from)?, descriptor(to)?)?)))
}

/// Where to go on; 2^53 - 1 when all is copied.
#[napi]
pub fn layer_copy(from: i32, to: i32, offset: i64, limit: i64) -> i64 {
    answer(|| {
        let next = copy::copy_content(descriptor(from)?, descriptor(to)?, unsigned(offset), unsigned(limit))?;
        Ok(next.map_or((1 << 53) - 1, |offset| offset as i64))
    })
}

#[napi]
pub fn layer_copy_range(from: i32, from_offset: i64, to: i32, to_offset: i64, length: i64) -> i64 {
    answer(|| {
        let (from, to) = (descriptor(from)?, descriptor(to)?);
        Ok(copy::copy_between(from, unsigned(from_offset), to, unsigned(to_offset), unsigned(length))? as i64)
    })
}

/// Blocks: all, free, for others than root; inodes: all, free; size of a block, longest name, fragment size.
#[napi]
pub fn layer_stat_fs(fd: i32, mut into: Float64ArraySlice) -> i64 {
    done(|| {
        let found = file_space::of_file_system(descriptor(fd)?)?;
        crate::ffi::fill_counts(&mut into, &found);
        Ok(())
    })
}
