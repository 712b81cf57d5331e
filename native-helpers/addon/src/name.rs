//! Names of directory entries: one component each.

use crate::error::{SysResult, fail};
use rustix::io::Errno;

/// Lets one component through; EINVAL for what could name something else than an entry of the directory.
pub fn component<'a>(name: &'a [u8], syscall: &'static str) -> SysResult<&'a [u8]> {
    let plain = !matches!(name, b"" | b"." | b"..") && !name.iter().any(|&byte| byte == b'/' || byte == 0);
    if plain { Ok(name) } else { fail(Errno::INVAL, syscall) }
}

/// As [`component`], and `.` for the directory itself: for calls that look at an entry or set its attributes.
pub fn component_or_self<'a>(name: &'a [u8], syscall: &'static str) -> SysResult<&'a [u8]> {
    if name == b"." { Ok(name) } else { component(name, syscall) }
}

/// Longest path that one system call takes: PATH_MAX without its NUL.
const LONGEST_PATH: usize = 4095;

/// Cuts a path into pieces that a system call takes, at slashes. `None`: a single component is too long.
pub fn pieces(path: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = path;
    let mut pieces = Vec::new();
    while rest.len() > LONGEST_PATH {
        let cut = rest[..=LONGEST_PATH].iter().rposition(|&byte| byte == b'/')?;
        if cut == 0 {
            return None;
        }
        pieces.push(&rest[..cut]);
        rest = &rest[cut + 1..];
    }
    pieces.push(rest);
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lets_any_byte_but_slash_and_nul_through() {
        for name in [&b"a"[..], b"...", b"\xff\xfe", b"line\nbreak", b" "] {
            assert_eq!(component(name, "stat"), Ok(name));
        }
    }

    #[test]
    fn refuses_what_is_not_one_component() {
        for name in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0b"] {
            assert_eq!(component(name, "stat").unwrap_err().errno, Errno::INVAL);
        }
    }

    #[test]
    fn lets_the_directory_itself_through_where_that_is_meant() {
        assert_eq!(component_or_self(b".", "stat"), Ok(&b"."[..]));
        assert_eq!(component_or_self(b"..", "stat").unwrap_err().errno, Errno::INVAL);
    }

    #[test]
    fn keeps_a_short_path_whole() {
        assert_eq!(pieces(b"a/b/c"), Some(vec![&b"a/b/c"[..]]));
        assert_eq!(pieces(b""), Some(vec![&b""[..]]));
    }

    #[test]
    fn cuts_a_long_path_at_slashes() {
        let path = vec![b"d".repeat(99); 1000].join(&b'/');
        let pieces = pieces(&path).unwrap();
        assert!(pieces.len() > 20);
        assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.len() <= LONGEST_PATH));
        assert_eq!(pieces.join(&b'/'), path);
    }

    #[test]
    fn cannot_cut_a_component() {
        assert_eq!(pieces(&b"d".repeat(5000)), None);
    }
}
