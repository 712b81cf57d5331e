use super::error::name_of;
use crate::run_program::run;
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Task};
use napi_derive::napi;
use std::os::unix::process::ExitStatusExt;

/// How a program ended: one of the first three is there.
#[napi(object, object_from_js = false)]
pub struct ProgramEnd {
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    /// Name of the errno; it was not started, or could not be spoken to.
    pub errno: Option<String>,
    pub stdout: Buffer,
    pub stderr: Buffer,
}

pub struct RunTask {
    program: String,
    args: Vec<String>,
    input: Vec<u8>,
}

/// Runs a program with an empty environment, in a thread of its own.
#[napi(ts_return_type = "Promise<ProgramEnd>")]
pub fn run_program(program: String, args: Vec<String>, input: Uint8Array) -> AsyncTask<RunTask> {
    AsyncTask::new(RunTask { program, args, input: input.to_vec() })
}

impl Task for RunTask {
    type Output = std::io::Result<std::process::Output>;
    type JsValue = ProgramEnd;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(run(&self.program, &self.args, &self.input))
    }

    fn resolve(&mut self, _env: Env, outcome: Self::Output) -> napi::Result<ProgramEnd> {
        Ok(match outcome {
            Ok(output) => ProgramEnd {
                exit_code: output.status.code(),
                signal: output.status.signal(),
                errno: None,
                stdout: output.stdout.into(),
                stderr: output.stderr.into(),
            },
            Err(error) => ProgramEnd {
                exit_code: None,
                signal: None,
                errno: Some(error.raw_os_error().map_or_else(|| "UNKNOWN".to_owned(), name_of)),
                stdout: Vec::new().into(),
                stderr: Vec::new().into(),
            },
        })
    }
}
