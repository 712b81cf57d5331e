use super::error::Result;
use super::fd;
use crate::ffi::Bytes;
use crate::pair;
use napi::bindgen_prelude::BigUint64Array;
use napi_derive::napi;

#[napi(object, object_from_js = false)]
pub struct PairScan {
    /// Packed, 37 slots a name, in byte order of the names.
    pub rows: BigUint64Array,
    /// Names, link targets and attributes.
    #[napi(ts_type = "Bytes")]
    pub text: Bytes,
}

/// The entries of `dir` with their attributes, and what `other` holds under the same names.
#[napi]
pub fn scan_pair(dir: i32, other: Option<i32>) -> Result<PairScan> {
    let other = other.map(fd).transpose()?;
    let pairs = pair::scan(fd(dir)?, other)?;
    Ok(PairScan { rows: BigUint64Array::new(pairs.rows), text: Bytes(pairs.text) })
}
