//! What was seen, for whoever chose the number.

use errno_name::errno_name;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub struct Report {
    to: BufWriter<Box<dyn Write>>,
}

impl Report {
    pub fn open(path: Option<&Path>) -> io::Result<Self> {
        let to: Box<dyn Write> = match path {
            Some(path) => Box::new(File::create(path)?),
            None => Box::new(io::stderr()),
        };
        Ok(Self { to: BufWriter::new(to) })
    }

    pub fn call(&mut self, number: u64, pid: i32, name: &str, result: &str, targets: &[PathBuf]) -> io::Result<()> {
        write!(self.to, "{number}\t{pid}\t{name}\t{result}")?;
        for target in targets {
            self.to.write_all(b"\t")?;
            self.to.write_all(&escaped(target))?;
        }
        self.to.write_all(b"\n")
    }

    pub fn end(&mut self, calls: u64, struck: u64, status: u8) -> io::Result<()> {
        writeln!(self.to, "end\t{calls}\t{struck}\t{status}")?;
        self.to.flush()
    }
}

/// `\`, tabs, line ends and what is no printable ASCII as `\xHH`.
fn escaped(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'\\' | 0..32 | 127.. => text.extend(format!("\\x{byte:02x}").into_bytes()),
            _ => text.push(byte),
        }
    }
    text
}

/// `0`, `4096`, `-EIO`
pub fn result_text(value: i64) -> String {
    let errno = i32::try_from(-value).ok().and_then(errno_name);
    errno.map_or_else(|| value.to_string(), |name| format!("-{name}"))
}

#[cfg(test)]
mod tests {
    use super::{escaped, result_text};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    #[test]
    fn keeps_lines_whole() {
        let path = Path::new(OsStr::from_bytes(b"/a b\t\n\\\xff"));
        assert_eq!(escaped(path), br"/a b\x09\x0a\x5c\xff");
    }

    #[test]
    fn names_errors() {
        assert_eq!([0, 12, -5, -512].map(result_text), ["0", "12", "-EIO", "-512"]);
    }
}
