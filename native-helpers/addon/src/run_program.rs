//! A program that reads a little, says a little, and ends.

use std::io::{ErrorKind, Result, Write};
use std::process::{Command, Output, Stdio};

/// Runs it with an empty environment, and waits for its end and for that of its output.
pub fn run(program: &str, args: &[String], input: &[u8]) -> Result<Output> {
    let mut command = Command::new(program);
    let mut child =
        command.args(args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let output = child.wait_with_output()?;
    match written {
        // It may end, with a reason, before it has read everything.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn shell(script: &str, input: &[u8]) -> Output {
        run("/bin/sh", &["-c".to_owned(), script.to_owned()], input).unwrap()
    }

    #[test]
    fn hands_over_the_input_and_brings_back_both_outputs() {
        let output = shell("cat; echo said >&2; exit 7", b"given\0\xff");
        assert_eq!(output.stdout, b"given\0\xff");
        assert_eq!(output.stderr, b"said\n");
        assert_eq!(output.status.code(), Some(7));
    }

    #[test]
    fn the_environment_is_empty() {
        let output = run("/usr/bin/env", &[], b"").unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }

    #[test]
    fn a_program_that_does_not_read_may_end_with_a_reason() {
        let output = shell("echo why; exit 1", &vec![0; 1 << 20]);
        assert_eq!(output.stdout, b"why\n");
        assert_eq!(output.status.code(), Some(1));
    }

    #[test]
    fn tells_a_signal_and_a_program_that_is_not_there() {
        assert_eq!(shell("kill -9 $$", b"").status.signal(), Some(9));
        assert_eq!(run("/nowhere/program", &[], b"").unwrap_err().raw_os_error(), Some(libc::ENOENT));
    }
}
