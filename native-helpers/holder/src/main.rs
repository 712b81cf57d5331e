//! Holds an overlay mount, and the namespaces it lives in, for as long as it runs.
//!
//! A program without opinions: it carries out the plan that it reads, step by step, and says which
//! step failed. All `unsafe` is in `sys`.
//!
//! ```text
//! openagentic-holder mount   < plan       mounts, answers, sleeps until SIGTERM
//! openagentic-holder keep    < plan       mounts nothing, but keeps the lock likewise
//! openagentic-holder probe   < plan       does the same, writes to the mount, and undoes everything
//! openagentic-holder index   < plan       notes the directories of a project, and ends
//! openagentic-holder unmount --pid N [--start TICKS] < target
//! ```
//!
//! `mount` may be asked for an index too: it is taken in the background, after the answer.
//!
//! It answers with one line of JSON on stdout: `{"ok":true,"pid":N}`, or
//! `{"ok":false,"step":"…","errno":"EPERM","message":"…"}`. It exits with 0, with 1 after a failure,
//! or with 2 when it was not called as above.

mod answer;
mod cover;
mod daemon;
mod index;
mod layers;
mod lock;
mod namespaces;
mod overlay;
mod plan;
mod probe;
#[allow(unsafe_code)]
mod sys;
mod unmount;
mod walk;

use answer::{During, Failure, Step};
use plan::Plan;
use std::io::{Read, stdin};
use std::process::ExitCode;

const USAGE: &str = "usage: openagentic-holder mount|keep|probe|index|unmount --pid N [--start TICKS], with a plan or a target on stdin";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        // Words after it mean nothing: they are for whoever reads the list of processes.
        ["mount", ..] => read_plan(plan::parse).and_then(daemon::mount),
        ["keep", ..] => read_plan(plan::parse_lock).and_then(daemon::keep),
        ["probe"] => read_plan(plan::parse).and_then(daemon::probe),
        ["index"] => read_plan(plan::parse_index).and_then(|plan| daemon::index(&plan)),
        ["unmount", ref options @ ..] => match unmount::parse(options) {
            Some(holder) => read_input().and_then(|target| unmount::unmount(holder, &target)),
            None => return usage(),
        },
        _ => return usage(),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            answer::say(&failure.to_json());
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn read_plan(parse: fn(&[u8]) -> Result<Plan, String>) -> Step<Plan> {
    parse(&read_input()?).map_err(|message| Failure::new("plan", None, message))
}

fn read_input() -> Step<Vec<u8>> {
    let mut input = Vec::new();
    stdin().read_to_end(&mut input).during("plan")?;
    Ok(input)
}
