use super::error::Result;
use super::fd;
use crate::ffi::Bytes;
use crate::xattr::{self, Attributes};
use napi::bindgen_prelude::{Buffer, Uint8ArraySlice};
use napi_derive::napi;

/// Appends the packed form: their count, then of each the length of the key, the key, the length of
/// the value, the value. All numbers are 32 bits, little-endian.
pub fn pack(attributes: &Attributes, into: &mut Vec<u8>) {
    // A key has 255 bytes at the most, a value 64 KiB, all keys of an entry 64 KiB.
    let number = |into: &mut Vec<u8>, value: usize| into.extend_from_slice(&(value as u32).to_le_bytes());
    number(into, attributes.len());
    for (key, value) in attributes {
        for bytes in [key, value] {
            number(into, bytes.len());
            into.extend_from_slice(bytes);
        }
    }
}

#[napi]
pub fn get_xattrs(dir: i32, name: Bytes) -> Result<Buffer> {
    let mut packed = Vec::new();
    pack(&xattr::all(fd(dir)?, &name.0)?, &mut packed);
    Ok(packed.into())
}

#[napi]
pub fn set_xattr(dir: i32, name: Bytes, key: Bytes, value: Uint8ArraySlice) -> Result<()> {
    Ok(xattr::set(fd(dir)?, &name.0, &key.0, &value)?)
}

#[napi]
pub fn remove_xattr(dir: i32, name: Bytes, key: Bytes) -> Result<()> {
    Ok(xattr::remove(fd(dir)?, &name.0, &key.0)?)
}
