use super::error::Result;
use super::fd;
use crate::error::fail;
use crate::ffi::Bytes;
use crate::{attributes, entries};
use napi::bindgen_prelude::BigInt;
use napi_derive::napi;
use rustix::fs::{FileType, RenameFlags};
use rustix::io::Errno;

#[napi]
pub fn mkdir(dir: i32, name: Bytes, mode: u32) -> Result<()> {
    Ok(entries::make_dir(fd(dir)?, &name.0, mode)?)
}

#[napi]
pub fn symlink(target: Bytes, dir: i32, name: Bytes) -> Result<()> {
    Ok(entries::make_symlink(&target.0, fd(dir)?, &name.0)?)
}

#[napi(
    ts_args_type = "dir: number, name: Bytes, type: 'char' | 'block' | 'fifo' | 'socket', mode: number, major: number, minor: number"
)]
pub fn mknod(dir: i32, name: Bytes, kind: String, mode: u32, major: u32, minor: u32) -> Result<()> {
    let kind = match &*kind {
        "char" => FileType::CharacterDevice,
        "block" => FileType::BlockDevice,
        "fifo" => FileType::Fifo,
        "socket" => FileType::Socket,
        _ => fail(Errno::INVAL, "mknodat")?,
    };
    Ok(entries::make_node(fd(dir)?, &name.0, kind, mode, (major, minor))?)
}

#[napi]
pub fn link(from_dir: i32, from_name: Bytes, to_dir: i32, to_name: Bytes) -> Result<()> {
    Ok(entries::link(fd(from_dir)?, &from_name.0, fd(to_dir)?, &to_name.0)?)
}

#[napi]
pub fn unlink(dir: i32, name: Bytes) -> Result<()> {
    Ok(entries::unlink(fd(dir)?, &name.0)?)
}

#[napi]
pub fn rmdir(dir: i32, name: Bytes) -> Result<()> {
    Ok(entries::remove_dir(fd(dir)?, &name.0)?)
}

#[napi(
    ts_args_type = "fromDir: number, fromName: Bytes, toDir: number, toName: Bytes, mode: 'replace' | 'noreplace' | 'exchange'"
)]
pub fn rename(from_dir: i32, from_name: Bytes, to_dir: i32, to_name: Bytes, mode: String) -> Result<()> {
    let flags = match &*mode {
        "replace" => RenameFlags::empty(),
        "noreplace" => RenameFlags::NOREPLACE,
        "exchange" => RenameFlags::EXCHANGE,
        _ => fail(Errno::INVAL, "renameat2")?,
    };
    Ok(entries::rename(fd(from_dir)?, &from_name.0, fd(to_dir)?, &to_name.0, flags)?)
}

#[napi]
pub fn set_mode(dir: i32, name: Bytes, mode: u32) -> Result<()> {
    Ok(attributes::set_mode(fd(dir)?, &name.0, mode)?)
}

#[napi]
pub fn set_owner(dir: i32, name: Bytes, uid: u32, gid: u32) -> Result<()> {
    Ok(attributes::set_owner(fd(dir)?, &name.0, uid, gid)?)
}

#[napi]
pub fn set_times(dir: i32, name: Bytes, atime_ns: BigInt, mtime_ns: BigInt) -> Result<()> {
    let ((accessed, _), (modified, _)) = (atime_ns.get_i64(), mtime_ns.get_i64());
    Ok(attributes::set_times(fd(dir)?, &name.0, accessed, modified)?)
}
