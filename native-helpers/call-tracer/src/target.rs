//! Which paths a stopped call is about.

use crate::call::{Call, Place, WRITING_FLAGS, When};
use std::ffi::{OsStr, OsString};
use std::fs::{File, read_link};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

pub type Arguments = [u64; 6];

/// The paths that the call changes, if it is one that changes something.
pub fn targets(thread: i32, call: &Call, arguments: &Arguments) -> Option<Vec<PathBuf>> {
    if let When::HowForWriting(how) = call.when {
        let flags = memory(thread, arguments[how], 8)?;
        let flags = u64::from_ne_bytes(flags.try_into().ok()?);
        if flags & u64::from(libc::O_PATH.cast_unsigned()) != 0 || flags & u64::from(WRITING_FLAGS) == 0 {
            return None;
        }
    }
    Some(call.places.iter().map(|place| target(thread, *place, arguments)).collect())
}

fn target(thread: i32, place: Place, arguments: &Arguments) -> PathBuf {
    match place {
        Place::Fd(fd) => descriptor(thread, arguments[fd]),
        Place::Path(path) => below(thread, &of_process(thread, "cwd"), &text(thread, arguments[path])),
        Place::At(dir, path) => {
            let name = text(thread, arguments[path]);
            let dir = descriptor(thread, arguments[dir]);
            if name.is_empty() { dir } else { below(thread, &dir, &name) }
        }
    }
}

/// The file of a descriptor; that of the working directory for `AT_FDCWD`. Only 32 bits of the argument mean anything.
#[allow(clippy::cast_possible_truncation)]
fn descriptor(thread: i32, argument: u64) -> PathBuf {
    match (argument as u32).cast_signed() {
        libc::AT_FDCWD => of_process(thread, "cwd"),
        fd => of_process(thread, &format!("fd/{fd}")),
    }
}

fn of_process(thread: i32, name: &str) -> PathBuf {
    read_link(format!("/proc/{thread}/{name}")).unwrap_or_default()
}

/// The entry of that name, which need not be there; links in what leads to it are followed where it is.
fn below(thread: i32, dir: &Path, name: &OsStr) -> PathBuf {
    let path = plain(&dir.join(own_proc(thread, Path::new(name))));
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(last)) => parent.canonicalize().map_or(path.clone(), |parent| parent.join(last)),
        _ => path,
    }
}

/// `/proc/self` would be this program's.
fn own_proc(thread: i32, path: &Path) -> PathBuf {
    for own in ["/proc/self", "/proc/thread-self"] {
        if let Ok(rest) = path.strip_prefix(own) {
            return Path::new(&format!("/proc/{thread}")).join(rest);
        }
    }
    path.to_owned()
}

/// Without `.` and `..`, by the text alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// A string in the memory of the thread; empty for a null pointer.
fn text(thread: i32, address: u64) -> OsString {
    let mut text = Vec::new();
    while text.len() < 4096 {
        // A string may end right before memory that cannot be read: never past the end of a page.
        let at = address.saturating_add(text.len() as u64);
        let Some(piece) = memory(thread, at, usize::try_from(4096 - at % 4096).unwrap_or(1)) else { break };
        let end = piece.iter().position(|&byte| byte == 0);
        text.extend(&piece[..end.unwrap_or(piece.len())]);
        if end.is_some() {
            break;
        }
    }
    OsString::from_vec(text)
}

fn memory(thread: i32, address: u64, length: usize) -> Option<Vec<u8>> {
    if address == 0 {
        return None;
    }
    let mut bytes = vec![0; length];
    File::open(format!("/proc/{thread}/mem")).ok()?.read_exact_at(&mut bytes, address).ok()?;
    Some(bytes)
}

/// Whether it is `dir` or lies below; by bytes, as a removed file's name goes on with ` (deleted)`.
pub fn is_below(path: &Path, dir: &Path) -> bool {
    let (path, dir) = (path.as_os_str().as_bytes(), dir.as_os_str().as_bytes());
    path.strip_prefix(dir).is_some_and(|rest| matches!(rest.first(), None | Some(b'/' | b' ')) || dir == b"/")
}

#[cfg(test)]
mod tests {
    use super::{is_below, own_proc, plain};
    use std::path::Path;

    #[test]
    fn knows_what_lies_below() {
        for (path, expected) in [("/a/b", true), ("/a/b/c", true), ("/a/bc", false), ("/a", false), ("pipe:[1]", false)]
        {
            assert_eq!(is_below(Path::new(path), Path::new("/a/b")), expected, "{path}");
        }
        assert!(is_below(Path::new("/x"), Path::new("/")));
    }

    #[test]
    fn makes_paths_plain() {
        assert_eq!(plain(Path::new("/a/./b/../c/")), Path::new("/a/c"));
        assert_eq!(own_proc(7, Path::new("/proc/self/fd/3")), Path::new("/proc/7/fd/3"));
        assert_eq!(own_proc(7, Path::new("/proc/selfish")), Path::new("/proc/selfish"));
    }
}
