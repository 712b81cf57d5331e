//! A process of its own that outlives whoever started it.

use crate::answer::{self, During, Failure, Step};
use crate::plan::Plan;
use crate::{index, lock, namespaces, overlay, probe, sys};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{read, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, WaitOptions, chdir, nice, setsid, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use std::process::{ExitCode, exit, id};
use std::thread::sleep;
use std::time::Duration;

/// A small project is noted at once. In a larger one, whoever mounts gets some moments to finish before it goes on.
const AT_ONCE: u32 = 500;
const REST: u32 = 10;
const MOMENT: Duration = Duration::from_millis(10);

/// What a child keeps open.
struct Held<'a> {
    /// For as long as it lives.
    _lock: Option<OwnedFd>,
    /// Until it is taken.
    index: Option<index::Wanted<'a>>,
}

/// What a child does. One that only tries does not return.
type Work = fn(&Plan) -> Step<Held<'_>>;

/// Mounts in a child that stays. This process ends when the child has answered.
pub fn mount(plan: Plan) -> Step<ExitCode> {
    in_child(plan, |plan| {
        let held = prepare(plan)?;
        overlay::mount(plan)?;
        Ok(held)
    })
}

/// Keeps the lock of a mount that has lost its holder.
pub fn keep(plan: Plan) -> Step<ExitCode> {
    in_child(plan, prepare)
}

/// Mounts, writes and unmounts in a child that ends.
pub fn probe(plan: Plan) -> Step<ExitCode> {
    in_child(plan, |plan| {
        let _held = prepare(plan)?;
        overlay::mount(plan)?;
        probe::write_and_unmount(plan)?;
        answer::say(&answer::success(id()));
        exit(0)
    })
}

/// Notes the directories of a project, in this process.
pub fn index(plan: &Plan) -> Step<ExitCode> {
    plan.index.iter().try_for_each(|index| take_index(&index::Wanted::open(index)?, 0))?;
    answer::say(&answer::success(id()));
    Ok(ExitCode::SUCCESS)
}

/// SIGTERM ends it at once, with nothing left.
fn take_index(wanted: &index::Wanted<'_>, rest: u32) -> Step<()> {
    let termination = sys::HeldTermination::begin().during("index")?;
    let mut steps = 0;
    index::write(wanted, || {
        steps += 1;
        if steps == AT_ONCE {
            (0..rest).take_while(|_| !termination.is_due()).for_each(|_| sleep(MOMENT));
        }
        termination.is_due()
    })
}

fn prepare(plan: &Plan) -> Step<Held<'_>> {
    setsid().during("setsid")?;
    let lock = lock::take(plan)?;
    if plan.userns {
        namespaces::enter_new()?;
    }
    chdir("/").during("chdir")?;
    // Nothing depends on an index.
    let index = plan.index.as_ref().and_then(|index| index::Wanted::open(index).ok());
    Ok(Held { _lock: lock, index })
}

fn in_child(plan: Plan, work: Work) -> Step<ExitCode> {
    // What was inherited must not stay open for as long as the child runs.
    sys::close_inherited(plan.lock_fd).during("close_range")?;
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).during("pipe")?;
    if let Some(child) = sys::fork().during("fork")? {
        drop(writer);
        return answer_of(child, reader);
    }
    drop(reader);
    match work(&plan) {
        Ok(held) => stay(held, writer),
        Err(failure) => {
            answer::say(&failure.to_json());
            exit(1)
        }
    }
}

/// The child writes one byte when it stays; otherwise it ends, and has said why with status 1.
fn answer_of(child: Pid, reader: OwnedFd) -> Step<ExitCode> {
    if sys::retry(|| read(&reader, &mut [0])).during("read")? == 1 {
        return Ok(ExitCode::SUCCESS);
    }
    let ended = sys::retry(|| waitpid(Some(child), WaitOptions::empty())).during("waitpid")?;
    match ended.and_then(|(_, status)| status.exit_status()) {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Ok(ExitCode::FAILURE),
        _ => Err(Failure::new("child", None, "the process that mounts was killed")),
    }
}

/// Sleeps until a signal ends it.
fn stay(mut held: Held<'_>, writer: OwnedFd) -> ! {
    answer::say(&answer::success(id()));
    release_output();
    let _ = write(&writer, b"1");
    drop(writer);
    if let Some(wanted) = held.index.take() {
        let _ = nice(10);
        // Nobody is left to be told of a failure, and nothing depends on it.
        let _ = take_index(&wanted, REST);
    }
    loop {
        std::thread::park();
    }
}

/// Whoever started this waits for the end of our output.
fn release_output() {
    if let Ok(null) = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) {
        let _ = dup2_stdin(&null);
        let _ = dup2_stdout(&null);
        let _ = dup2_stderr(&null);
    }
}
