//! All `unsafe` of the holder.

use rustix::fd::{FromRawFd, OwnedFd};
use rustix::io::{Errno, Result as IoResult};
use rustix::process::Pid;
use rustix::thread::{UnshareFlags, unshare_unsafe};
use std::mem::MaybeUninit;

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// `fork(2)`: the child's id in the parent, `None` in the child.
pub fn fork() -> IoResult<Option<Pid>> {
    // SAFETY: this program never has a second thread, so the child gets a whole copy of it, with no
    // lock held by a thread that does not exist there.
    match unsafe { libc::fork() } {
        -1 => Err(last_errno()),
        child => Ok(Pid::from_raw(child)),
    }
}

/// `unshare(2)`.
pub fn unshare(flags: UnshareFlags) -> IoResult<()> {
    // SAFETY: only NEWUSER and NEWNS are passed; the unsafe ones (FILES) could close descriptors that
    // are owned elsewhere.
    unsafe { unshare_unsafe(flags & (UnshareFlags::NEWUSER | UnshareFlags::NEWNS)) }
}

/// Closes every descriptor above stderr but one.
pub fn close_inherited(keep: Option<i32>) -> IoResult<()> {
    let keep = keep.and_then(|fd| u32::try_from(fd).ok());
    let ranges = match keep {
        Some(fd) => [(3, fd - 1), (fd + 1, u32::MAX)],
        None => [(3, u32::MAX); 2],
    };
    for (first, last) in ranges.into_iter().filter(|(first, last)| first <= last) {
        // SAFETY: called before this program has opened anything, so what is closed belongs to nobody.
        if unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) } != 0 {
            return Err(last_errno());
        }
    }
    Ok(())
}

/// Takes over a descriptor that was inherited.
pub fn inherited(number: i32) -> IoResult<OwnedFd> {
    // SAFETY: F_GETFD reads a flag and takes any number.
    if unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
        return Err(last_errno());
    }
    // SAFETY: it is open, and by the plan's contract it was given to this program; it is asked for once.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// SIGTERM is held back for as long as this lives. None is lost: one that came meanwhile ends the process then.
pub struct HeldTermination {
    before: libc::sigset_t,
}

impl HeldTermination {
    pub fn begin() -> IoResult<Self> {
        let mut set = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: sigemptyset makes the set a valid one before anything reads it, and SIGTERM is a signal.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
        }
        // SAFETY: this program has one thread; both pointers are to sets of ours, and the first was made above.
        if unsafe { libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), before.as_mut_ptr()) } != 0 {
            return Err(last_errno());
        }
        // SAFETY: the call has succeeded, so it has written what was blocked before.
        Ok(Self { before: unsafe { before.assume_init() } })
    }

    /// Whether one has come.
    pub fn is_due(&self) -> bool {
        let mut pending = MaybeUninit::uninit();
        // SAFETY: sigpending writes the set, and it is read only if it has.
        unsafe {
            libc::sigpending(pending.as_mut_ptr()) == 0 && libc::sigismember(pending.as_ptr(), libc::SIGTERM) == 1
        }
    }
}

impl Drop for HeldTermination {
    fn drop(&mut self) {
        // SAFETY: `before` is the set that the kernel gave.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

/// Repeats a call that a signal cut short.
pub fn retry<T>(mut call: impl FnMut() -> IoResult<T>) -> IoResult<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
