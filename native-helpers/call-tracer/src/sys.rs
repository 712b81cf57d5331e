//! All `unsafe` of the tracer.

use crate::filter;
use libc::{c_int, c_long, c_uint, c_void, pid_t};
use std::ffi::CString;
use std::fs::File;
use std::io::{Error, Result};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;

/// How a thread was found by {@link wait}.
pub struct Waited {
    pub thread: pid_t,
    pub status: c_int,
}

/// A call, or its result, of a stopped thread.
pub enum SyscallInfo {
    Entry { number: c_long, arguments: [u64; 6] },
    Exit { result: i64 },
    None,
}

fn check(result: c_long) -> Result<c_long> {
    if result == -1 { Err(Error::last_os_error()) } else { Ok(result) }
}

/// Starts a program that stops before it begins, with the filter set. It and all that it starts die with this one.
pub fn spawn(command: &[CString]) -> Result<pid_t> {
    let mut arguments: Vec<_> = command.iter().map(|word| word.as_ptr()).collect();
    arguments.push(std::ptr::null());
    let program = filter::program();
    // SAFETY: this program has one thread, so the child gets a whole copy of it.
    let child = check(unsafe { libc::fork() }.into())?;
    if child != 0 {
        return seize(pid_t::try_from(child).expect("a process id"));
    }
    // SAFETY: SIGSTOP stops the process; whoever seized it has it go on.
    unsafe { libc::raise(libc::SIGSTOP) };
    // The parent needs SIGCHLD held back; the program does not.
    let failed = hold_sigchld(libc::SIG_UNBLOCK).and_then(|()| set_filter(&program)).err();
    let error = failed.unwrap_or_else(|| {
        // SAFETY: the words live on, and a null ends their list.
        unsafe { libc::execvp(arguments[0], arguments.as_ptr()) };
        Error::last_os_error()
    });
    eprintln!("call-tracer: cannot start {}: {error}", command[0].display());
    std::process::exit(127)
}

trait Display {
    fn display(&self) -> std::borrow::Cow<'_, str>;
}

impl Display for CString {
    fn display(&self) -> std::borrow::Cow<'_, str> {
        self.to_string_lossy()
    }
}

fn seize(child: pid_t) -> Result<pid_t> {
    let mut status = 0;
    // SAFETY: waits for a child of ours, and the pointer is to a number of ours.
    check(unsafe { libc::waitpid(child, &raw mut status, libc::WUNTRACED) }.into())?;
    let options = libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_TRACESECCOMP
        | libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_EXITKILL;
    // SAFETY: takes numbers alone; the options are a number in the place of a pointer.
    check(unsafe { libc::ptrace(libc::PTRACE_SEIZE, child, 0, options as usize as *mut c_void) })?;
    // SAFETY: sends a signal to a child of ours.
    check(unsafe { libc::kill(child, libc::SIGCONT) }.into())?;
    Ok(child)
}

fn set_filter(program: &[libc::sock_filter]) -> Result<()> {
    let filter = libc::sock_fprog {
        len: u16::try_from(program.len()).expect("a short program"),
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel copies the program, which lives as long as the call.
    let set =
        || check(unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const filter) });
    if set().is_ok() {
        return Ok(());
    }
    // A plain user may have a filter only together with this; programs with setuid would not work any more.
    // SAFETY: takes numbers alone.
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }.into())?;
    set().map(|_| ())
}

/// Holds SIGCHLD back (`SIG_BLOCK`), so that {@link wait} can wait for it with a limit.
pub fn hold_sigchld(how: c_int) -> Result<()> {
    let set = sigchld();
    // SAFETY: the set is a valid one of ours.
    check(unsafe { libc::sigprocmask(how, &raw const set, std::ptr::null_mut()) }.into()).map(|_| ())
}

fn sigchld() -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset makes the set a valid one before anything reads it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        set.assume_init()
    }
}

/// The next thread that stopped or ended; `None` when none did within the limit; `ECHILD` when there are no more.
pub fn wait(limit: Option<Duration>) -> Result<Option<Waited>> {
    loop {
        let mut status = 0;
        let flags = libc::__WALL | if limit.is_some() { libc::WNOHANG } else { 0 };
        // SAFETY: the pointer is to a number of ours.
        match check(unsafe { libc::waitpid(-1, &raw mut status, flags) }.into()) {
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            Err(error) => return Err(error),
            Ok(0) => {
                if !sleep_until_sigchld(limit.unwrap_or_default()) {
                    return Ok(None);
                }
            }
            Ok(thread) => return Ok(Some(Waited { thread: pid_t::try_from(thread).expect("a thread id"), status })),
        }
    }
}

/// Whether the signal came within the limit.
fn sleep_until_sigchld(limit: Duration) -> bool {
    let set = sigchld();
    let time = libc::timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    // SAFETY: the set and the time are valid ones of ours, and nothing is asked for about the signal.
    unsafe { libc::sigtimedwait(&raw const set, std::ptr::null_mut(), &raw const time) != -1 }
}

/// How a stopped thread goes on: `PTRACE_CONT`, `PTRACE_SYSCALL` (to the end of its call), `PTRACE_LISTEN` (it stays stopped).
pub fn resume(how: c_uint, thread: pid_t, signal: c_int) -> Result<()> {
    // SAFETY: takes numbers alone; the signal is a number in the place of a pointer.
    check(unsafe { libc::ptrace(how, thread, 0, signal as usize as *mut c_void) }).map(|_| ())
}

/// What belongs to the event that a thread stopped for: the former id of one that calls exec(2).
pub fn event_message(thread: pid_t) -> Result<u64> {
    let mut message: libc::c_ulong = 0;
    // SAFETY: the kernel writes one number to the pointer.
    check(unsafe { libc::ptrace(libc::PTRACE_GETEVENTMSG, thread, 0, &raw mut message) })?;
    Ok(message)
}

/// The call that a thread is stopped at, or its result.
pub fn syscall_info(thread: pid_t) -> Result<SyscallInfo> {
    // `struct ptrace_syscall_info` in words of 64 bits: [op | arch, ip, sp, then number and arguments, or the result, ...].
    let mut words = [0u64; 16];
    let size = size_of_val(&words);
    // SAFETY: the kernel writes at most `size` bytes to the pointer.
    check(unsafe { libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, thread, size, words.as_mut_ptr()) })?;
    Ok(match u8::try_from(words[0] & 0xff).unwrap_or_default() {
        libc::PTRACE_SYSCALL_INFO_EXIT => SyscallInfo::Exit { result: words[3].cast_signed() },
        libc::PTRACE_SYSCALL_INFO_ENTRY | libc::PTRACE_SYSCALL_INFO_SECCOMP => SyscallInfo::Entry {
            number: c_long::try_from(words[3]).unwrap_or(-1),
            arguments: [words[4], words[5], words[6], words[7], words[8], words[9]],
        },
        _ => SyscallInfo::None,
    })
}

const NT_PRSTATUS: usize = 1;

fn registers(thread: pid_t) -> Result<libc::user_regs_struct> {
    let mut registers = std::mem::MaybeUninit::<libc::user_regs_struct>::zeroed();
    let mut part =
        libc::iovec { iov_base: registers.as_mut_ptr().cast(), iov_len: size_of::<libc::user_regs_struct>() };
    // SAFETY: the kernel writes at most `iov_len` bytes to the place of the registers.
    check(unsafe { libc::ptrace(libc::PTRACE_GETREGSET, thread, NT_PRSTATUS, &raw mut part) })?;
    // SAFETY: plain numbers, zeroed before.
    Ok(unsafe { registers.assume_init() })
}

fn set_registers(thread: pid_t, mut registers: libc::user_regs_struct) -> Result<()> {
    let mut part = libc::iovec { iov_base: (&raw mut registers).cast(), iov_len: size_of::<libc::user_regs_struct>() };
    // SAFETY: the kernel reads at most `iov_len` bytes from the registers.
    check(unsafe { libc::ptrace(libc::PTRACE_SETREGSET, thread, NT_PRSTATUS, &raw mut part) }).map(|_| ())
}

/// Has the call that a thread is stopped at return an error without being made.
#[cfg(target_arch = "x86_64")]
pub fn skip_call(thread: pid_t, errno: i32) -> Result<()> {
    let mut registers = registers(thread)?;
    registers.orig_rax = u64::MAX;
    registers.rax = i64::from(-errno).cast_unsigned();
    set_registers(thread, registers)
}

#[cfg(target_arch = "aarch64")]
pub fn skip_call(thread: pid_t, errno: i32) -> Result<()> {
    const NT_ARM_SYSTEM_CALL: usize = 0x404;
    let mut none: c_int = -1;
    let mut part = libc::iovec { iov_base: (&raw mut none).cast(), iov_len: size_of::<c_int>() };
    // SAFETY: the kernel reads one number from the pointer.
    check(unsafe { libc::ptrace(libc::PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &raw mut part) })?;
    let mut registers = registers(thread)?;
    registers.regs[0] = i64::from(-errno).cast_unsigned();
    set_registers(thread, registers)
}

/// SIGKILL for a process. That it has ended by itself is no error.
pub fn kill(process: pid_t) {
    // SAFETY: sends a signal to a process that is traced by this one, so its id was not given to another.
    unsafe { libc::kill(process, libc::SIGKILL) };
}

/// `EXT4_IOC_SHUTDOWN`, `XFS_IOC_GOINGDOWN`: `_IOR('X', 125, __u32)`
const SHUT_DOWN: libc::Ioctl = 0x8004_587d as libc::Ioctl;

/// Has a mounted ext4 or xfs write nothing any more, as if the power were cut: 0 flushes all before, 1 the log alone, 2 nothing.
pub fn shut_down(mount: &Path, flags: u32) -> Result<()> {
    let root = File::open(mount)?;
    // SAFETY: the kernel reads one number from the pointer.
    check(unsafe { libc::ioctl(root.as_raw_fd(), SHUT_DOWN, &raw const flags) }.into()).map(|_| ())
}
