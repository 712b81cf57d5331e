//! Handing directories to overlayfs, whatever bytes their paths hold.
//!
//! Since 6.13 overlayfs takes descriptors. Before, it takes paths, and reads `\`, `:` and `,` in them
//! its own way, another with each version: a path that holds one of them goes by `/proc/self/fd`. So does
//! a long one, as `fsconfig(2)` takes strings of 255 bytes.

use crate::answer::{During, Step};
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, Result as IoResult};
use rustix::mount::{fsconfig_set_fd, fsconfig_set_string};

/// Longest string that `fsconfig(2)` takes, in bytes.
const LONGEST_VALUE: usize = 255;

/// A directory of the plan, open.
pub struct Layer<'a> {
    path: &'a [u8],
    fd: OwnedFd,
}

impl<'a> Layer<'a> {
    pub fn open(path: &'a [u8], step: &'static str) -> Step<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        // A directory that may be passed through but not listed is still a layer.
        let fd = match open(path, flags | OFlags::RDONLY, Mode::empty()) {
            Err(Errno::ACCESS) => open(path, flags | OFlags::PATH, Mode::empty()),
            answer => answer,
        };
        Ok(Self { path, fd: fd.during(step)? })
    }

    /// A path that overlayfs reads as it is.
    fn plain_path(&self) -> Vec<u8> {
        let is_odd = self.path.iter().any(|byte| b"\\:,".contains(byte));
        if is_odd || self.path.len() > LONGEST_VALUE { self.proc_path() } else { self.path.to_vec() }
    }

    fn proc_path(&self) -> Vec<u8> {
        format!("/proc/self/fd/{}", self.fd.as_raw_fd()).into_bytes()
    }
}

/// Sets `upperdir` or `workdir`.
pub fn set(context: BorrowedFd<'_>, key: &str, layer: &Layer<'_>, by_path: bool) -> IoResult<()> {
    match by_fd(context, key, layer, by_path) {
        Some(answer) => answer,
        None => fsconfig_set_string(context, key, layer.plain_path()),
    }
}

/// Sets the lower layers, the topmost first.
pub fn set_lowers(context: BorrowedFd<'_>, layers: &[Layer<'_>], by_path: bool) -> IoResult<()> {
    for (index, layer) in layers.iter().enumerate() {
        match by_fd(context, "lowerdir+", layer, by_path) {
            Some(answer) => answer?,
            // The first one tells what the kernel can.
            None if index == 0 => return fsconfig_set_string(context, "lowerdir", joined(layers)),
            None => return Err(Errno::INVAL),
        }
    }
    Ok(())
}

fn joined(layers: &[Layer<'_>]) -> Vec<u8> {
    let plain = layers.iter().map(Layer::plain_path).collect::<Vec<_>>().join(&b':');
    if plain.len() <= LONGEST_VALUE {
        return plain;
    }
    layers.iter().map(Layer::proc_path).collect::<Vec<_>>().join(&b':')
}

/// `None` when the kernel does not take a descriptor here (EINVAL), or not one that only names (EBADF).
fn by_fd(context: BorrowedFd<'_>, key: &str, layer: &Layer<'_>, by_path: bool) -> Option<IoResult<()>> {
    if by_path {
        return None;
    }
    match fsconfig_set_fd(context, key, &layer.fd) {
        Err(Errno::INVAL | Errno::BADF) => None,
        answer => Some(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::create_dir;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_an_odd_path_by_its_descriptor() {
        let home = tempfile::tempdir().unwrap();
        let long = "x".repeat(LONGEST_VALUE);
        for (name, plain) in
            [("a b", true), ("a\nb", true), ("a:b", false), ("a,b", false), ("a\\b", false), (&long, false)]
        {
            let path = home.path().join(name);
            create_dir(&path).unwrap();
            let layer = Layer::open(path.as_os_str().as_bytes(), "lower").unwrap();
            assert_eq!(layer.plain_path() == path.as_os_str().as_bytes(), plain, "{name:?}");
        }
    }

    #[test]
    fn joins_layers_with_colons() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().as_os_str().as_bytes();
        let layers = [Layer::open(path, "lower").unwrap(), Layer::open(path, "lower").unwrap()];
        assert_eq!(joined(&layers), [path, path].join(&b':'));
        let many: Vec<_> = (0..12).map(|_| Layer::open(path, "lower").unwrap()).collect();
        assert!(joined(&many).len() <= LONGEST_VALUE);
    }

    #[test]
    fn says_which_layer_is_missing() {
        let failure = Layer::open(b"/no such directory", "upper").err().unwrap();
        assert!(failure.to_json().contains(r#""step":"upper","errno":"ENOENT""#));
    }
}
