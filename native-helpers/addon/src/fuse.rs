//! The device that a FUSE server reads requests from, and the mount that belongs to it.

use crate::error::{During, SysResult, fail, retry};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, fcntl_getfl, fcntl_setfl, open, openat};
use rustix::io::{Errno, FdFlags, Result as IoResult, fcntl_setfd, read, write};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, UnmountFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, move_mount, unmount as unmount_at,
};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, recvmsg, socketpair,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::ffi::OsStr;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::thread;

/// Mounts by the mount API; for root. `options`: `key=value` or `key` of the file system, or a flag of the mount (`nosuid`), each followed by a NUL.
pub fn mount(target: &[u8], source: &[u8], options: &[u8]) -> SysResult<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let device = open("/dev/fuse", flags, Mode::empty()).during("device")?;
    let context = fsopen("fuse", FsOpenFlags::FSOPEN_CLOEXEC).during("fsopen")?;
    fsconfig_set_string(context.as_fd(), "source", source).during("source")?;
    fsconfig_set_string(context.as_fd(), "fd", device.as_raw_fd().to_string()).during("fd")?;
    let mut attributes = MountAttrFlags::empty();
    for option in options.split(|&byte| byte == 0).filter(|option| !option.is_empty()) {
        match attribute(option) {
            Some(flag) => attributes |= flag,
            None => set_option(context.as_fd(), option).during("option")?,
        }
    }
    fsconfig_create(context.as_fd()).during("create")?;
    let tree = fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes).during("fsmount")?;
    let place = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let place = openat(CWD, target, place, Mode::empty()).during("target")?;
    let ways = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(&tree, "", &place, "", ways).during("move_mount")?;
    Ok(device)
}

fn attribute(name: &[u8]) -> Option<MountAttrFlags> {
    match name {
        b"ro" => Some(MountAttrFlags::MOUNT_ATTR_RDONLY),
        b"nosuid" => Some(MountAttrFlags::MOUNT_ATTR_NOSUID),
        b"nodev" => Some(MountAttrFlags::MOUNT_ATTR_NODEV),
        b"noexec" => Some(MountAttrFlags::MOUNT_ATTR_NOEXEC),
        b"noatime" => Some(MountAttrFlags::MOUNT_ATTR_NOATIME),
        b"nodiratime" => Some(MountAttrFlags::MOUNT_ATTR_NODIRATIME),
        b"nosymfollow" => Some(MountAttrFlags::MOUNT_ATTR_NOSYMFOLLOW),
        _ => None,
    }
}

fn set_option(context: BorrowedFd<'_>, option: &[u8]) -> IoResult<()> {
    match option.iter().position(|&byte| byte == b'=') {
        Some(at) => fsconfig_set_string(context, &option[..at], &option[at + 1..]),
        None => fsconfig_set_flag(context, option),
    }
}

/// What `fusermount3` left: the device, or what it said.
pub enum Handed {
    Device(OwnedFd),
    Refused(String),
}

/// Mounts by `fusermount3`, which is setuid root, and takes the device that it sends.
pub fn mount_by_helper(program: &str, arguments: &[Vec<u8>]) -> SysResult<Handed> {
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).during("socketpair")?;
    fcntl_setfd(&theirs, FdFlags::empty()).during("fcntl")?;
    let mut command = Command::new(program);
    command
        .args(arguments.iter().map(|argument| OsStr::from_bytes(argument)))
        .env_clear()
        .env("_FUSE_COMMFD", theirs.as_raw_fd().to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child =
        command.spawn().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO)).during("fusermount3")?;
    drop(theirs);
    let received = receive(ours.as_fd());
    let output = child.wait_with_output().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
    let said = output.during("fusermount3")?.stderr;
    let Some(device) = received? else {
        return Ok(Handed::Refused(String::from_utf8_lossy(&said).trim().to_owned()));
    };
    fcntl_setfd(&device, FdFlags::CLOEXEC).during("fcntl")?;
    let flags = fcntl_getfl(&device).during("fcntl")?;
    fcntl_setfl(&device, flags | OFlags::NONBLOCK).during("fcntl")?;
    Ok(Handed::Device(device))
}

/// The descriptor that comes with one byte; nothing when the other side ends first.
fn receive(socket: BorrowedFd<'_>) -> SysResult<Option<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0; 1];
    retry(|| recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC))
        .during("recvmsg")?;
    let found = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    Ok(found)
}

/// Waits up to `timeout` milliseconds (below 0: for ever) for a request: its length. EAGAIN when none came, or when `other` has something
/// to read before; ENODEV after unmounting.
pub fn read_request(
    device: BorrowedFd<'_>,
    buffer: &mut [u8],
    timeout: i32,
    other: Option<BorrowedFd<'_>>,
) -> IoResult<usize> {
    loop {
        match read(device, &mut *buffer) {
            // ENOENT: whoever asked went away before the request could be read.
            Err(Errno::INTR | Errno::NOENT) => {}
            Err(Errno::AGAIN) if timeout != 0 => {
                if !wait(device, timeout, other)? {
                    return Err(Errno::AGAIN);
                }
            }
            done => return done,
        }
    }
}

/// Whether the device has something to read.
fn wait(device: BorrowedFd<'_>, timeout: i32, other: Option<BorrowedFd<'_>>) -> IoResult<bool> {
    let limit = (timeout > 0)
        .then(|| Timespec { tv_sec: i64::from(timeout / 1000), tv_nsec: i64::from(timeout % 1000) * 1_000_000 });
    let on = |descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN);
    let mut both = [on(device), on(other.unwrap_or(device))];
    let polled = if other.is_some() { &mut both[..] } else { &mut both[..1] };
    retry(|| poll(polled, limit.as_ref()))?;
    Ok(!both[0].revents().is_empty())
}

/// Writes a reply or a notification, which the kernel takes as a whole or not at all.
pub fn write_reply(device: BorrowedFd<'_>, message: &[u8]) -> IoResult<()> {
    retry(|| write(device, message)).map(drop)
}

/// Writes messages that follow each other, each with its length first, by a thread of its own: the kernel may wait for a lock that
/// whoever asks the server holds. What it does not take is lost, as it knows nothing of the inode then.
pub fn notify(device: BorrowedFd<'_>, messages: &[u8]) -> SysResult<()> {
    let device = device.try_clone_to_owned().map_err(|_| Errno::MFILE).during("dup")?;
    let messages = messages.to_vec();
    let work = move || {
        let mut rest = &messages[..];
        while let Some(length) = rest.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes) as usize) {
            let Some((message, next)) = rest.split_at_checked(length.max(4)) else { return };
            let _ = write_reply(device.as_fd(), message);
            rest = next;
        }
    };
    thread::Builder::new().spawn(work).map(drop).map_err(|_| Errno::AGAIN).during("clone")
}

/// Unmounts; `lazy` takes the mount out of sight while it is in use.
pub fn unmount(target: &[u8], lazy: bool) -> SysResult<()> {
    let flags = if lazy { UnmountFlags::NOFOLLOW | UnmountFlags::DETACH } else { UnmountFlags::NOFOLLOW };
    unmount_at(target, flags).during("unmount")
}

/// Raises the limit of open files to the hard one, and says what it is.
pub fn raise_open_files() -> SysResult<u64> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).during("setrlimit")?;
    match limit.maximum.or(limit.current) {
        Some(files) => Ok(files),
        None => fail(Errno::INVAL, "getrlimit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_reason_of_a_helper_that_sends_nothing() {
        let arguments = [b"-c".to_vec(), b"echo why >&2; exit 1".to_vec()];
        match mount_by_helper("/bin/sh", &arguments).unwrap() {
            Handed::Refused(reason) => assert_eq!(reason, "why"),
            Handed::Device(_) => panic!("there is no device"),
        }
    }

    #[test]
    fn waits_no_longer_than_told() {
        let (reader, writer) = std::io::pipe().unwrap();
        fcntl_setfl(&reader, OFlags::NONBLOCK).unwrap();
        let mut buffer = [0; 4];
        assert_eq!(read_request(reader.as_fd(), &mut buffer, 0, None), Err(Errno::AGAIN));
        assert_eq!(read_request(reader.as_fd(), &mut buffer, 5, None), Err(Errno::AGAIN));
        write_reply(writer.as_fd(), b"abc").unwrap();
        assert_eq!(read_request(reader.as_fd(), &mut buffer, -1, None), Ok(3));
    }

    #[test]
    fn stops_waiting_when_another_has_something_to_read() {
        let (reader, writer) = std::io::pipe().unwrap();
        let (other, told) = std::io::pipe().unwrap();
        fcntl_setfl(&reader, OFlags::NONBLOCK).unwrap();
        let mut buffer = [0; 4];
        write_reply(told.as_fd(), b"!").unwrap();
        assert_eq!(read_request(reader.as_fd(), &mut buffer, -1, Some(other.as_fd())), Err(Errno::AGAIN));
        write_reply(writer.as_fd(), b"abc").unwrap();
        assert_eq!(read_request(reader.as_fd(), &mut buffer, -1, Some(other.as_fd())), Ok(3));
    }

    #[test]
    fn a_thread_writes_each_message_for_itself() {
        let (reader, writer) = std::io::pipe().unwrap();
        let messages = [&6_u32.to_ne_bytes()[..], b"ab", &5_u32.to_ne_bytes()[..], b"c"].concat();
        notify(writer.as_fd(), &messages).unwrap();
        let mut buffer = [0; 11];
        let mut length = 0;
        while length < buffer.len() {
            length += read_request(reader.as_fd(), &mut buffer[length..], -1, None).unwrap();
        }
        assert_eq!(buffer, *messages);
    }

    #[test]
    fn raises_the_limit_of_open_files() {
        let files = raise_open_files().unwrap();
        assert_eq!(getrlimit(Resource::Nofile).current, Some(files));
    }
}
