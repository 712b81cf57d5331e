//! The loop: gives calls their numbers, and has actions strike.

use crate::call::{self, Call};
use crate::options::{Action, Plan};
use crate::report::{Report, result_text};
use crate::sys::{self, SyscallInfo, Waited};
use crate::target::{is_below, targets};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A call that takes longer may wait for one of those that wait for it: for a reader of a FIFO, for the server of a FUSE mount.
const PATIENCE: Duration = Duration::from_millis(300);

struct Numbered {
    name: &'static str,
    targets: Vec<PathBuf>,
}

struct InCall {
    number: u64,
    call: Numbered,
    kill_after: bool,
}

struct Tracer<'a> {
    plan: &'a Plan,
    report: Report,
    main: i32,
    status: u8,
    calls: u64,
    struck: u64,
    /// Once all are killed, nothing goes on.
    killed: bool,
    threads: BTreeSet<i32>,
    running: HashMap<i32, InCall>,
    held: VecDeque<(i32, Numbered)>,
}

/// Runs the plan's command to its end. Returns the exit status.
pub fn run(plan: &Plan) -> io::Result<u8> {
    let report = Report::open(plan.report.as_deref())?;
    let words: Result<Vec<CString>, _> = plan.command.iter().map(|word| CString::new(word.as_bytes())).collect();
    sys::hold_sigchld(libc::SIG_BLOCK)?;
    let main = sys::spawn(&words?)?;
    let mut tracer = Tracer {
        plan,
        report,
        main,
        status: 0,
        calls: 0,
        struck: 0,
        killed: false,
        threads: BTreeSet::from([main]),
        running: HashMap::new(),
        held: VecDeque::new(),
    };
    tracer.follow()?;
    tracer.report.end(tracer.calls, tracer.struck, tracer.status)?;
    Ok(tracer.status)
}

impl Tracer<'_> {
    fn follow(&mut self) -> io::Result<()> {
        loop {
            let limit = (!self.held.is_empty()).then_some(PATIENCE);
            match sys::wait(limit) {
                Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return Ok(()),
                Err(error) => return Err(error),
                Ok(None) => self.begin_held()?,
                Ok(Some(waited)) => match self.look_at(&waited) {
                    // Killed from outside, or by exec(2) of another thread, while it was stopped.
                    Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                    outcome => outcome?,
                },
            }
            if self.running.is_empty() {
                self.begin_held()?;
            }
        }
    }

    fn look_at(&mut self, &Waited { thread, status }: &Waited) -> io::Result<()> {
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            self.forget(thread);
            self.threads.remove(&thread);
            if thread == self.main {
                let number =
                    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) };
                self.status = u8::try_from(number).unwrap_or(255);
                // What outlives the command cannot go on without its tracer.
                self.kill_tree();
            }
            return Ok(());
        }
        self.threads.insert(thread);
        if self.killed {
            // Born while the others were killed.
            sys::kill(thread);
            return Ok(());
        }
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            libc::PTRACE_EVENT_SECCOMP => self.before_call(thread),
            libc::PTRACE_EVENT_STOP if signal != libc::SIGTRAP => sys::resume(libc::PTRACE_LISTEN, thread, 0),
            libc::PTRACE_EVENT_EXEC => {
                // The thread takes over the id of its process, and all others of it are gone.
                let former = i32::try_from(sys::event_message(thread)?).unwrap_or(thread);
                self.forget(former);
                self.forget(thread);
                self.threads.remove(&former);
                self.threads.insert(thread);
                sys::resume(libc::PTRACE_CONT, thread, 0)
            }
            0 if signal == libc::SIGTRAP | 0x80 => self.after_call(thread),
            0 => sys::resume(libc::PTRACE_CONT, thread, signal),
            _ => sys::resume(libc::PTRACE_CONT, thread, 0),
        }
    }

    fn forget(&mut self, thread: i32) {
        self.held.retain(|(other, _)| *other != thread);
        if let Some(call) = self.running.remove(&thread) {
            let _ = self.report.call(call.number, thread, call.call.name, "?", &call.call.targets);
        }
    }

    fn before_call(&mut self, thread: i32) -> io::Result<()> {
        match self.numbered(thread)? {
            None => sys::resume(libc::PTRACE_CONT, thread, 0),
            Some(call) if self.running.is_empty() && self.held.is_empty() => self.begin(thread, call),
            Some(call) => {
                self.held.push_back((thread, call));
                Ok(())
            }
        }
    }

    /// The call that a thread is stopped at, if it is one that counts.
    fn numbered(&self, thread: i32) -> io::Result<Option<Numbered>> {
        let SyscallInfo::Entry { number, arguments } = sys::syscall_info(thread)? else { return Ok(None) };
        let Some(&Call { name, .. }) = call::by_number(number) else { return Ok(None) };
        let call = call::by_number(number).and_then(|call| targets(thread, call, &arguments));
        let Some(targets) = call else { return Ok(None) };
        let concerned = targets.iter().any(|path| is_below(path, &self.plan.below));
        Ok(concerned.then_some(Numbered { name, targets }))
    }

    fn begin_held(&mut self) -> io::Result<()> {
        match self.held.pop_front() {
            Some((thread, call)) if !self.killed => match self.begin(thread, call) {
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
                outcome => outcome,
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, thread: i32, call: Numbered) -> io::Result<()> {
        self.calls += 1;
        let number = self.calls;
        let mut kill_after = false;
        let plan = self.plan;
        for (_, action) in plan.actions.iter().filter(|(at, _)| *at == number) {
            self.struck += 1;
            match action {
                Action::KillAfter => kill_after = true,
                Action::Exec(command) => run_command(command, &call)?,
                Action::Fail(errno) => {
                    sys::skip_call(thread, *errno)?;
                    let result = format!("{} (injected)", result_text(i64::from(-errno)));
                    self.report.call(number, thread, call.name, &result, &call.targets)?;
                    return sys::resume(libc::PTRACE_CONT, thread, 0);
                }
                Action::KillBefore => return self.kill_all(number, thread, &call),
                Action::Shutdown(shutdown) => {
                    sys::shut_down(&shutdown.mount, shutdown.flags)?;
                    return self.kill_all(number, thread, &call);
                }
            }
        }
        self.running.insert(thread, InCall { number, call, kill_after });
        sys::resume(libc::PTRACE_SYSCALL, thread, 0)
    }

    fn after_call(&mut self, thread: i32) -> io::Result<()> {
        if let Some(InCall { number, call, kill_after }) = self.running.remove(&thread) {
            let SyscallInfo::Exit { result } = sys::syscall_info(thread)? else {
                return sys::resume(libc::PTRACE_CONT, thread, 0);
            };
            self.report.call(number, thread, call.name, &result_text(result), &call.targets)?;
            if kill_after {
                self.kill_tree();
                return Ok(());
            }
        }
        sys::resume(libc::PTRACE_CONT, thread, 0)
    }

    fn kill_all(&mut self, number: u64, thread: i32, call: &Numbered) -> io::Result<()> {
        self.kill_tree();
        self.report.call(number, thread, call.name, "(not made)", &call.targets)
    }

    /// None of them can change anything any more: every call that might stops for this program, which lets none go on. A killed
    /// thread that is stopped before a call does not make it.
    fn kill_tree(&mut self) {
        self.killed = true;
        for &thread in &self.threads {
            sys::kill(thread);
        }
    }
}

/// By the shell, in the place of a person.
fn run_command(command: &std::ffi::OsStr, call: &Numbered) -> io::Result<()> {
    let path = call.targets.first().cloned().unwrap_or_default();
    let status =
        Command::new("sh").arg("-c").arg(command).env("CALL_NAME", call.name).env("CALL_PATH", path).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{} failed: {status}", command.display()))) }
}
