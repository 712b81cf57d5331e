use super::error::Result;
use super::fd;
use crate::ffi::{Bytes, fill};
use crate::stat::{self, Stat};
use crate::{entries, handle, scan};
use napi::bindgen_prelude::{BigUint64Array, BigUint64ArraySlice, Buffer};
use napi_derive::napi;

/// Writes the packed answer to `row` (16 slots); `false` if there is no such name.
#[napi]
pub fn stat(dir: i32, name: Bytes, row: BigUint64ArraySlice) -> Result<bool> {
    Ok(write(stat::of_entry(fd(dir)?, &name.0)?, row))
}

#[napi]
pub fn stat_fd(descriptor: i32, row: BigUint64ArraySlice) -> Result<bool> {
    Ok(write(Some(stat::of_fd(fd(descriptor)?)?), row))
}

/// By absolute path, links followed; `false` if there is none.
#[napi]
pub fn stat_path(path: Bytes, row: BigUint64ArraySlice) -> Result<bool> {
    Ok(write(stat::of_path(&path.0)?, row))
}

fn write(stat: Option<Stat>, mut row: BigUint64ArraySlice) -> bool {
    stat.is_some_and(|stat| fill(&mut row, &stat.pack()))
}

#[napi(object, object_from_js = false)]
pub struct Scan {
    /// Packed stats, 16 slots an entry.
    pub rows: BigUint64Array,
    /// Names, each followed by a slash.
    #[napi(ts_type = "Bytes")]
    pub names: Bytes,
    /// Targets of the symlinks among them, each followed by a NUL.
    #[napi(ts_type = "Bytes")]
    pub targets: Bytes,
    /// Of each entry, when asked for: packed as by `getXattrs`.
    pub xattrs: Option<Buffer>,
}

/// The whole directory, or of the names in `only` (each followed by a slash) those that are there.
#[napi]
pub fn scan_dir(dir: i32, with_xattrs: bool, only: Option<Bytes>) -> Result<Scan> {
    let entries = match only {
        None => scan::directory(fd(dir)?, with_xattrs)?,
        Some(names) => scan::entries(fd(dir)?, split(&names.0), with_xattrs)?,
    };
    let mut rows = Vec::with_capacity(entries.len() * stat::SLOTS);
    let (mut names, mut targets, mut xattrs) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &entries {
        rows.extend_from_slice(&entry.stat.pack());
        names.extend_from_slice(&entry.name);
        names.push(b'/');
        if let Some(target) = &entry.target {
            targets.extend_from_slice(target);
            targets.push(0);
        }
        if with_xattrs {
            super::xattr::pack(&entry.attributes, &mut xattrs);
        }
    }
    let xattrs = with_xattrs.then(|| xattrs.into());
    Ok(Scan { rows: BigUint64Array::new(rows), names: Bytes(names), targets: Bytes(targets), xattrs })
}

fn split(names: &[u8]) -> Vec<Vec<u8>> {
    let last = names.strip_suffix(b"/");
    last.map_or_else(Vec::new, |names| names.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect())
}

#[napi]
pub fn read_link(dir: i32, name: Bytes) -> Result<Bytes> {
    Ok(Bytes(entries::read_link(fd(dir)?, &name.0)?))
}

#[napi(object, object_from_js = false)]
pub struct Handle {
    #[napi(js_name = "type")]
    pub kind: i32,
    pub bytes: Buffer,
}

/// Nothing where the file system has no handles.
#[napi]
pub fn file_handle(dir: i32, name: Bytes) -> Result<Option<Handle>> {
    let handle = handle::of_entry(fd(dir)?, &name.0)?;
    Ok(handle.map(|handle| Handle { kind: handle.kind, bytes: handle.bytes.into() }))
}
