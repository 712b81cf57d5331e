//! All `unsafe` of the addon.

use napi::bindgen_prelude::{
    BigUint64ArraySlice, Float64ArraySlice, FromNapiValue, Int32Array, ToNapiValue, TypeName, Uint8Array,
    Uint8ArraySlice, ValidateNapiValue,
};
use napi::{ValueType, check_status, sys};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{Errno, Result as IoResult};
use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::atomic::AtomicI32;

/// A descriptor that JavaScript passes by its number. EBADF for a number that cannot be one.
pub fn borrow(fd: i32) -> IoResult<BorrowedFd<'static>> {
    if fd < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: `FileOps` leaves opening and closing to its caller, who keeps the descriptor open during
    // this synchronous call; nothing keeps it afterwards. A number that is not open gives EBADF.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Closes a descriptor that JavaScript owns.
pub fn close(fd: i32) -> IoResult<()> {
    // SAFETY: takes a number and returns a status; whoever closes a descriptor owns it, by the
    // contract of `FileOps`. Linux has released it even when the answer is EINTR.
    match unsafe { libc::close(fd) } {
        0 => Ok(()),
        _ => last_errno().or_else(|errno| if errno == Errno::INTR { Ok(()) } else { Err(errno) }),
    }
}

/// Words of memory that JavaScript and threads of ours both read and write.
pub struct SharedWords(Int32Array);

impl SharedWords {
    /// `None` when the array has fewer words.
    pub fn new(array: Int32Array, words: usize) -> Option<Self> {
        (array.len() >= words).then_some(Self(array))
    }

    pub fn word(&self, index: usize) -> &AtomicI32 {
        assert!(index < self.0.len());
        // SAFETY: the array keeps its memory alive and in place as long as `self`, aligned for its
        // elements, and `index` is within it. JavaScript reads and writes it by `Atomics` alone.
        unsafe { AtomicI32::from_ptr(self.0.as_ptr().cast_mut().add(index)) }
    }
}

/// Memory of JavaScript that a thread of ours may write to.
pub struct LentBytes(Uint8Array);

impl LentBytes {
    pub fn new(array: Uint8Array) -> Self {
        Self(array)
    }

    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the array keeps its memory alive and in place as long as `self`. JavaScript leaves it alone until it
        // has the answer, by the contract of the functions that take one.
        unsafe { self.0.as_mut() }
    }
}

/// Numbers of the calls of Linux 6.13; the same on every architecture but alpha.
const GETXATTRAT: libc::c_long = 464;
const LISTXATTRAT: libc::c_long = 465;

/// `struct xattr_args` of linux/xattr.h.
#[repr(C)]
struct XattrArgs {
    value: u64,
    size: u32,
    flags: u32,
}

/// `listxattrat(2)` of an entry, links not followed. ENOSYS before Linux 6.13.
pub fn list_xattr_at(dir: BorrowedFd<'_>, name: &CStr, into: &mut [u8]) -> IoResult<usize> {
    let (flags, room) = (libc::AT_SYMLINK_NOFOLLOW, into.len());
    // SAFETY: `name` is NUL-terminated, and `into` has room for as many bytes as the kernel is told.
    let length = unsafe { libc::syscall(LISTXATTRAT, dir.as_raw_fd(), name.as_ptr(), flags, into.as_mut_ptr(), room) };
    length_or_errno(length)
}

/// `getxattrat(2)`, as [`list_xattr_at`].
pub fn get_xattr_at(dir: BorrowedFd<'_>, name: &CStr, key: &CStr, into: &mut [u8]) -> IoResult<usize> {
    let size = u32::try_from(into.len()).unwrap_or(u32::MAX);
    let args = XattrArgs { value: into.as_mut_ptr() as u64, size, flags: 0 };
    let flags = libc::AT_SYMLINK_NOFOLLOW;
    // SAFETY: `name` and `key` are NUL-terminated; `args` has the layout and the size that the kernel is told, and
    // points at no less than `size` bytes that may be written to.
    let length = unsafe {
        libc::syscall(
            GETXATTRAT,
            dir.as_raw_fd(),
            name.as_ptr(),
            flags,
            key.as_ptr(),
            &raw const args,
            size_of::<XattrArgs>(),
        )
    };
    length_or_errno(length)
}

fn length_or_errno(answer: libc::c_long) -> IoResult<usize> {
    usize::try_from(answer).or_else(|_| last_errno().map(|()| 0))
}

fn last_errno() -> IoResult<()> {
    Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))
}

/// `struct file_handle` with room for the largest handle (MAX_HANDLE_SZ).
#[repr(C)]
struct RawHandle {
    length: u32,
    kind: i32,
    bytes: [u8; 128],
}

/// `name_to_handle_at(2)` of an entry, links not followed: its type and its bytes. An empty name means `dir` itself.
pub fn name_to_handle(dir: BorrowedFd<'_>, name: &[u8]) -> IoResult<(i32, Vec<u8>)> {
    let name = CString::new(name).map_err(|_| Errno::INVAL)?;
    let mut handle = RawHandle { length: 128, kind: 0, bytes: [0; 128] };
    let mut mount_id = 0;
    let flags = if name.is_empty() { libc::AT_EMPTY_PATH } else { 0 };
    // SAFETY: `handle` has the layout of `struct file_handle` and its `length` says how much room
    // follows; the other pointers are to a NUL-terminated name and to an int, all alive during the call.
    let answer = unsafe {
        libc::name_to_handle_at(
            dir.as_raw_fd(),
            name.as_ptr(),
            ptr::from_mut(&mut handle).cast(),
            &raw mut mount_id,
            flags,
        )
    };
    if answer != 0 {
        last_errno()?;
    }
    let length = (handle.length as usize).min(handle.bytes.len());
    Ok((handle.kind, handle.bytes[..length].to_vec()))
}

/// `struct fuse_backing_map` of linux/fuse.h.
#[repr(C)]
struct BackingMap {
    fd: i32,
    flags: u32,
    padding: u64,
}

/// `_IOW(229, 1, struct fuse_backing_map)`
const FUSE_DEV_IOC_BACKING_OPEN: libc::Ioctl = 0x4010_e501_u32 as libc::Ioctl;
/// `_IOW(229, 2, uint32_t)`
const FUSE_DEV_IOC_BACKING_CLOSE: libc::Ioctl = 0x4004_e502_u32 as libc::Ioctl;

/// The id of a file that the kernel may read and write instead of asking the server.
pub fn fuse_backing_open(device: BorrowedFd<'_>, file: BorrowedFd<'_>) -> IoResult<i32> {
    let map = BackingMap { fd: file.as_raw_fd(), flags: 0, padding: 0 };
    // SAFETY: the call reads a `struct fuse_backing_map`, which `map` is, alive during the call.
    let id = unsafe { libc::ioctl(device.as_raw_fd(), FUSE_DEV_IOC_BACKING_OPEN, &raw const map) };
    if id < 0 {
        last_errno()?;
    }
    Ok(id)
}

pub fn fuse_backing_close(device: BorrowedFd<'_>, id: i32) -> IoResult<()> {
    let id = id as u32;
    // SAFETY: the call reads a number of 32 bits, which `id` is, alive during the call.
    let answer = unsafe { libc::ioctl(device.as_raw_fd(), FUSE_DEV_IOC_BACKING_CLOSE, &raw const id) };
    if answer < 0 { last_errno() } else { Ok(()) }
}

/// Writes into the first elements of a typed array of JavaScript.
pub fn fill(array: &mut BigUint64ArraySlice<'_>, values: &[u64]) -> bool {
    // SAFETY: the array is an argument of the running call and no JavaScript runs during it, so
    // nobody else reads or writes it.
    let target = unsafe { array.as_mut() };
    let fits = target.len() >= values.len();
    if fits {
        target[..values.len()].copy_from_slice(values);
    }
    fits
}

/// As [`fill`], of doubles.
pub fn fill_counts(array: &mut Float64ArraySlice<'_>, values: &[f64]) -> bool {
    // SAFETY: as in `fill`.
    let target = unsafe { array.as_mut() };
    let fits = target.len() >= values.len();
    if fits {
        target[..values.len()].copy_from_slice(values);
    }
    fits
}

/// The bytes of a typed array of JavaScript, to be written to.
pub fn bytes_of<'a>(array: &'a mut Uint8ArraySlice<'_>) -> &'a mut [u8] {
    // SAFETY: as in `fill`.
    unsafe { array.as_mut() }
}

/// Bytes that are a latin1 string in JavaScript, one character a byte: `ByteString` of src/paths.
pub struct Bytes(pub Vec<u8>);

/// Longest string that needs one call to be read; longer ones need their length first.
const SHORT: usize = 512;

impl FromNapiValue for Bytes {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let mut bytes: Vec<u8> = Vec::with_capacity(SHORT);
        let mut length = 0;
        let read = |into: *mut u8, room: usize, length: &mut usize| {
            // SAFETY: `env` and `value` are what Node passed to the running call; `into` is null, or
            // points at `room` writable bytes.
            unsafe { sys::napi_get_value_string_latin1(env, value, into.cast(), room, length) }
        };
        check_status!(read(bytes.as_mut_ptr(), SHORT, &mut length), "Expected a string of bytes")?;
        if length == SHORT - 1 {
            check_status!(read(ptr::null_mut(), 0, &mut length), "Expected a string of bytes")?;
            bytes.reserve(length + 1);
            let room = length + 1;
            check_status!(read(bytes.as_mut_ptr(), room, &mut length), "Expected a string of bytes")?;
        }
        // SAFETY: Node wrote `length` bytes and a NUL after them, within the capacity.
        unsafe { bytes.set_len(length) };
        Ok(Self(bytes))
    }
}

impl ToNapiValue for Bytes {
    unsafe fn to_napi_value(env: sys::napi_env, bytes: Self) -> napi::Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let length = bytes.0.len() as isize;
        // SAFETY: `env` is that of the running call; the pointer is to `length` readable bytes.
        let status = unsafe { sys::napi_create_string_latin1(env, bytes.0.as_ptr().cast(), length, &raw mut value) };
        check_status!(status, "Cannot make a string of {length} bytes")?;
        Ok(value)
    }
}

impl TypeName for Bytes {
    fn type_name() -> &'static str {
        "Bytes"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Bytes {}
