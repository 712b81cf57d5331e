//! Runs a program and gives every system call that changes something at or below one directory a number: one order over all its threads
//! and children. At a chosen number it kills them all, has the call fail, runs another command, or shuts the file system down.
//!
//! ```text
//! call-tracer --below DIR [--report FILE] [ACTION]... -- COMMAND [ARGUMENT]...
//! call-tracer --shutdown MOUNT [--shutdown-flags FLAGS]
//!
//!   --list                      only counts; the same as no action
//!   --kill-before N             SIGKILL for all processes, call N is not made
//!   --kill-after N              SIGKILL for all processes, as soon as call N has returned
//!   --fail N --errno NAME       call N is not made, and returns the error
//!   --exec-at N COMMAND         runs a shell command while the program waits before call N; $CALL_NAME, $CALL_PATH tell which
//!   --shutdown MOUNT --at N     as a power cut before call N, then SIGKILL for all processes
//!   --shutdown-flags FLAGS      0 flushes data and log before, 1 the log alone, 2 (default) nothing
//! ```
//!
//! A call counts when one of the paths that it changes, or the file of its descriptor, lies at or below DIR. Calls that count are made one
//! after the other, so that none is under way when an action strikes. What goes through io_uring or a shared memory map is not seen.
//! Processes that outlive COMMAND are killed when it ends.
//!
//! The report, on FILE or stderr, has a line a call, `<number> <pid> <name> <result> <path>...` with tabs between, then
//! `end <calls> <actions that struck> <status>`. The exit status is that of COMMAND, 128 + number after a signal.

mod call;
mod filter;
mod options;
mod report;
#[allow(unsafe_code)]
mod sys;
mod target;
mod tracer;

use options::Mode;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    match options::parse(&arguments) {
        Err(message) => {
            eprintln!("call-tracer: {message}");
            ExitCode::from(2)
        }
        Ok(Mode::Shutdown(shutdown)) => finish(sys::shut_down(&shutdown.mount, shutdown.flags).map(|()| 0)),
        Ok(Mode::Trace(plan)) => finish(tracer::run(&plan)),
    }
}

fn finish(outcome: std::io::Result<u8>) -> ExitCode {
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("call-tracer: {error}");
            ExitCode::from(125)
        }
    }
}
