//! The system calls that Node lacks, as functions over raw file descriptors and byte names.
//!
//! Hands without opinions: nothing here decides anything. Plain Rust modules do the work and know
//! nothing of JavaScript; `js` exposes them, one function a call. All `unsafe` is in `ffi`.

// A test build has no JavaScript that calls anything.
#![cfg_attr(test, allow(dead_code))]

mod attribute_reader;
mod attributes;
mod clock;
mod copy;
mod copy_file;
mod copy_files;
mod entries;
mod error;
#[allow(unsafe_code)]
mod ffi;
mod file_space;
mod flush;
mod fuse;
mod handle;
mod js;
mod look;
mod many_files;
mod name;
mod names;
mod open;
mod pair;
mod parent;
mod place;
mod read_write;
mod run_program;
mod scan;
mod stat;
mod watch;
mod writeback;
mod xattr;

#[cfg(test)]
mod test_dir;
