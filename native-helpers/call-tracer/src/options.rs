//! The command line.

use errno_name::errno_name;
use std::ffi::OsString;
use std::path::PathBuf;

pub enum Mode {
    Trace(Plan),
    Shutdown(Shutdown),
}

pub struct Plan {
    /// Absolute, without links.
    pub below: PathBuf,
    /// Stderr when absent.
    pub report: Option<PathBuf>,
    pub actions: Vec<(u64, Action)>,
    pub command: Vec<OsString>,
}

#[derive(Clone)]
pub enum Action {
    KillBefore,
    KillAfter,
    Fail(i32),
    Exec(OsString),
    Shutdown(Shutdown),
}

#[derive(Clone)]
pub struct Shutdown {
    pub mount: PathBuf,
    pub flags: u32,
}

/// What the words say, or why they do not.
pub fn parse(words: &[OsString]) -> Result<Mode, String> {
    let split = words.iter().position(|word| word == "--");
    let (options, command) = match split {
        Some(at) => (&words[..at], words[at + 1..].to_vec()),
        None => (words, Vec::new()),
    };
    let mut options = Words { words: options.iter() };
    let mut found = Found::default();
    while let Some(word) = options.words.next() {
        match word.to_str().unwrap_or_default() {
            "--below" => found.below = Some(options.value(word)?.into()),
            "--report" => found.report = Some(options.value(word)?.into()),
            "--list" => {}
            "--kill-before" => found.actions.push((options.number(word)?, Action::KillBefore)),
            "--kill-after" => found.actions.push((options.number(word)?, Action::KillAfter)),
            "--fail" => found.fail.push(options.number(word)?),
            "--errno" => found.errno = Some(options.errno(word)?),
            "--exec-at" => {
                let number = options.number(word)?;
                found.actions.push((number, Action::Exec(options.value(word)?)));
            }
            "--shutdown" => found.shutdown = Some(options.value(word)?.into()),
            "--shutdown-flags" => found.flags = options.flags(word)?,
            "--at" => found.at = Some(options.number(word)?),
            other => return Err(format!("expected an option or --, found {other:?}")),
        }
    }
    found.mode(command)
}

#[derive(Default)]
struct Found {
    below: Option<PathBuf>,
    report: Option<PathBuf>,
    actions: Vec<(u64, Action)>,
    fail: Vec<u64>,
    errno: Option<i32>,
    shutdown: Option<PathBuf>,
    flags: Option<u32>,
    at: Option<u64>,
}

impl Found {
    fn mode(mut self, command: Vec<OsString>) -> Result<Mode, String> {
        let shutdown = self.shutdown.map(|mount| Shutdown { mount, flags: self.flags.unwrap_or(2) });
        if command.is_empty() {
            return shutdown.map(Mode::Shutdown).ok_or_else(|| "expected -- and a command to run".to_owned());
        }
        match (self.fail.is_empty(), self.errno) {
            (true, None) => {}
            (false, Some(errno)) => self.actions.extend(self.fail.iter().map(|&at| (at, Action::Fail(errno)))),
            _ => return Err("expected --fail and --errno together".to_owned()),
        }
        match (shutdown, self.at) {
            (None, None) => {}
            (Some(shutdown), Some(at)) => self.actions.push((at, Action::Shutdown(shutdown))),
            _ => return Err("expected --shutdown and --at together".to_owned()),
        }
        let below = self.below.ok_or("expected --below")?;
        let below = below.canonicalize().map_err(|error| format!("{}: {error}", below.display()))?;
        Ok(Mode::Trace(Plan { below, report: self.report, actions: self.actions, command }))
    }
}

struct Words<'a> {
    words: std::slice::Iter<'a, OsString>,
}

impl Words<'_> {
    fn value(&mut self, option: &OsString) -> Result<OsString, String> {
        self.words.next().cloned().ok_or_else(|| format!("expected a value after {}", option.display()))
    }

    /// From 1.
    fn number(&mut self, option: &OsString) -> Result<u64, String> {
        let word = self.value(option)?;
        let number = word.to_str().and_then(|text| text.parse().ok()).filter(|&number| number > 0);
        number.ok_or_else(|| format!("expected the number of a call after {}, found {word:?}", option.display()))
    }

    fn flags(&mut self, option: &OsString) -> Result<Option<u32>, String> {
        let word = self.value(option)?;
        let flags = word.to_str().and_then(|text| text.parse().ok()).filter(|flags| *flags <= 2);
        flags.map(Some).ok_or_else(|| format!("expected 0, 1 or 2 after {}, found {word:?}", option.display()))
    }

    fn errno(&mut self, option: &OsString) -> Result<i32, String> {
        let word = self.value(option)?;
        let named = (1..134).find(|&number| errno_name(number).is_some_and(|name| word == name));
        named.ok_or_else(|| format!("expected the name of an error after {}, found {word:?}", option.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Mode, parse};
    use std::ffi::OsString;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    fn refused(text: &str) -> String {
        parse(&words(text)).err().unwrap()
    }

    #[test]
    fn takes_actions_by_number() {
        let Ok(Mode::Trace(plan)) = parse(&words("--below /tmp --kill-after 7 --fail 3 --errno EDQUOT -- true --list"))
        else {
            panic!("expected a plan")
        };
        assert!(matches!(plan.actions[..], [(7, Action::KillAfter), (3, Action::Fail(libc::EDQUOT))]));
        assert_eq!(plan.command, words("true --list"));
    }

    #[test]
    fn shuts_down_alone_or_at_a_call() {
        assert!(matches!(parse(&words("--shutdown /mnt")), Ok(Mode::Shutdown(shutdown)) if shutdown.flags == 2));
        assert_eq!(refused("--below /tmp --shutdown /mnt -- true"), "expected --shutdown and --at together");
    }

    #[test]
    fn says_what_it_expected() {
        assert_eq!(refused("--below /tmp"), "expected -- and a command to run");
        assert_eq!(refused("--below /tmp --fail 1 -- true"), "expected --fail and --errno together");
        assert_eq!(
            refused("--below /tmp --kill-after 0 -- true"),
            r#"expected the number of a call after --kill-after, found "0""#
        );
        assert_eq!(refused("--errno EWHAT -- true"), r#"expected the name of an error after --errno, found "EWHAT""#);
        assert_eq!(refused("-- true"), "expected --below");
    }
}
