use super::error::Result;
use super::fd;
use super::many_files::{own, split};
use crate::ffi::Bytes;
use crate::pair::Pairs;
use napi::bindgen_prelude::{AsyncTask, BigUint64Array, Uint32Array};
use napi::{Env, Task};
use napi_derive::napi;
use rustix::fd::{AsFd, OwnedFd};

#[napi(object, object_from_js = false)]
pub struct PackedPairs {
    /// Of each directory how many names it has; the highest number for one that could not be read.
    pub counts: Uint32Array,
    /// 37 slots a name, in byte order of the names.
    pub rows: BigUint64Array,
    /// Names, link targets and attributes.
    #[napi(ts_type = "Bytes")]
    pub text: Bytes,
}

impl PackedPairs {
    fn new(counts: Vec<u32>, pairs: Pairs) -> Self {
        Self { counts: counts.into(), rows: BigUint64Array::new(pairs.rows), text: Bytes(pairs.text) }
    }
}

/// The entries of `dir` with their attributes, and what `other` holds under the same names.
#[napi]
pub fn scan_pair(dir: i32, other: Option<i32>) -> Result<PackedPairs> {
    let other = other.map(fd).transpose()?;
    let mut pairs = Pairs::default();
    let count = pairs.scan(fd(dir)?, other)?;
    Ok(PackedPairs::new(vec![count as u32], pairs))
}

pub struct ScanTask {
    root: OwnedFd,
    other_root: Option<OwnedFd>,
    paths: Bytes,
}

/// As `scanPair`, of the directories at `paths`, each followed by a NUL, below two roots, or one.
#[napi(ts_return_type = "Promise<PackedPairs>")]
pub fn scan_pairs(root: i32, other_root: Option<i32>, paths: Bytes) -> Result<AsyncTask<ScanTask>> {
    Ok(AsyncTask::new(ScanTask { root: own(root)?, other_root: other_root.map(own).transpose()?, paths }))
}

impl Task for ScanTask {
    type Output = (Vec<u32>, Pairs);
    type JsValue = PackedPairs;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let mut pairs = Pairs::default();
        let (root, other_root) = (self.root.as_fd(), self.other_root.as_ref().map(OwnedFd::as_fd));
        let count = |path| pairs.scan_below(root, other_root, path).map_or(u32::MAX, |count| count as u32);
        let counts = split(&self.paths.0).map(count).collect();
        Ok((counts, pairs))
    }

    fn resolve(&mut self, _env: Env, (counts, pairs): Self::Output) -> napi::Result<PackedPairs> {
        Ok(PackedPairs::new(counts, pairs))
    }
}
