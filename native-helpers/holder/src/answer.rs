//! What the holder says to whoever started it.

use errno_name::errno_name;
use rustix::io::Errno;
use std::io::Write;

/// The step that failed, and why.
#[derive(Debug)]
pub struct Failure {
    step: &'static str,
    errno: Option<i32>,
    message: String,
}

pub type Step<T> = Result<T, Failure>;

impl Failure {
    pub fn new(step: &'static str, errno: Option<Errno>, message: impl Into<String>) -> Self {
        Self { step, errno: errno.map(Errno::raw_os_error), message: message.into() }
    }

    pub fn to_json(&self) -> String {
        let errno = match self.errno {
            None => "null".to_owned(),
            Some(number) => quote(&errno_name(number).map_or_else(|| format!("ERRNO_{number}"), str::to_owned)),
        };
        let (step, message) = (quote(self.step), quote(&self.message));
        format!(r#"{{"ok":false,"step":{step},"errno":{errno},"message":{message}}}"#)
    }
}

/// Says which step an error came from.
pub trait During<T> {
    fn during(self, step: &'static str) -> Step<T>;
}

impl<T> During<T> for rustix::io::Result<T> {
    fn during(self, step: &'static str) -> Step<T> {
        self.map_err(|errno| Failure::new(step, Some(errno), ""))
    }
}

impl<T> During<T> for std::io::Result<T> {
    fn during(self, step: &'static str) -> Step<T> {
        self.map_err(|error| Failure { step, errno: error.raw_os_error(), message: String::new() })
    }
}

pub fn success(pid: u32) -> String {
    format!(r#"{{"ok":true,"pid":{pid}}}"#)
}

/// Writes the answer. Nobody may be there to read it, which changes nothing.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char < ' ' => quoted.push_str(&format!("\\u{:04x}", char as u32)),
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_errno() {
        let failure = Failure::new("fsmount", Some(Errno::PERM), "overlay: no");
        assert_eq!(failure.to_json(), r#"{"ok":false,"step":"fsmount","errno":"EPERM","message":"overlay: no"}"#);
    }

    #[test]
    fn has_no_errno_where_no_call_failed() {
        let failure = Failure::new("plan", None, "");
        assert_eq!(failure.to_json(), r#"{"ok":false,"step":"plan","errno":null,"message":""}"#);
    }

    #[test]
    fn escapes_what_json_cannot_hold() {
        assert_eq!(quote("a\"b\\c\nd\u{e9}"), "\"a\\\"b\\\\c\\u000ad\u{e9}\"");
    }
}
