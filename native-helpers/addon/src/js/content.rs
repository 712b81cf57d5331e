use super::error::Result;
use super::{fd, unsigned};
use crate::ffi::{Bytes, bytes_of};
use crate::{copy, read_write};
use napi::bindgen_prelude::{Buffer, Uint8ArraySlice};
use napi_derive::napi;

#[napi]
pub fn read_file(dir: i32, name: Bytes, limit: i64) -> Result<Buffer> {
    Ok(read_write::read_file(fd(dir)?, &name.0, unsigned(limit))?.into())
}

/// The length; nothing when the file does not fit with a byte to spare.
#[napi]
pub fn read_file_into(dir: i32, name: Bytes, mut buffer: Uint8ArraySlice) -> Result<Option<u32>> {
    let length = read_write::read_file_into(fd(dir)?, &name.0, bytes_of(&mut buffer))?;
    Ok(length.map(|bytes| bytes as u32))
}

#[napi]
pub fn same_content(dir: i32, name: Bytes, other_dir: i32, other_name: Bytes) -> Result<bool> {
    Ok(read_write::same_content(fd(dir)?, &name.0, fd(other_dir)?, &other_name.0)?)
}

#[napi]
pub fn read(descriptor: i32, mut buffer: Uint8ArraySlice, position: i64) -> Result<u32> {
    let count = read_write::read(fd(descriptor)?, bytes_of(&mut buffer), unsigned(position))?;
    // One read returns 2 GiB at the most.
    Ok(count as u32)
}

#[napi]
pub fn write(descriptor: i32, data: Uint8ArraySlice, position: i64) -> Result<()> {
    Ok(read_write::write(fd(descriptor)?, &data, unsigned(position))?)
}

#[napi]
pub fn truncate(descriptor: i32, size: i64) -> Result<()> {
    Ok(read_write::truncate(fd(descriptor)?, unsigned(size))?)
}

#[napi]
pub fn clone_content(from: i32, to: i32) -> Result<bool> {
    Ok(copy::clone_content(fd(from)?, fd(to)?)?)
}

/// Where to go on; nothing when all is copied.
#[napi]
pub fn copy_content(from: i32, to: i32, offset: i64, limit: i64) -> Result<Option<i64>> {
    let next = copy::copy_content(fd(from)?, fd(to)?, unsigned(offset), unsigned(limit))?;
    Ok(next.map(|offset| offset as i64))
}

/// How many bytes were copied.
#[napi]
pub fn copy_range(from: i32, from_offset: i64, to: i32, to_offset: i64, length: i64) -> Result<i64> {
    let (from_at, to_at) = (unsigned(from_offset), unsigned(to_offset));
    Ok(copy::copy_between(fd(from)?, from_at, fd(to)?, to_at, unsigned(length))? as i64)
}

#[napi(object)]
pub struct DataRange {
    pub start: i64,
    pub end: i64,
}

/// The next range that may hold anything but zeroes; nothing when a hole reaches to the end.
#[napi]
pub fn next_data(descriptor: i32, offset: i64) -> Result<Option<DataRange>> {
    let range = copy::next_data(fd(descriptor)?, unsigned(offset))?;
    Ok(range.map(|(start, end)| DataRange { start: start as i64, end: end as i64 }))
}
