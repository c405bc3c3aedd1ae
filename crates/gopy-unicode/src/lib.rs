//! Unicode 16.0 data, string kernels and codec kernels.
//!
//! Never here: objects, I/O, the interpreter's state. Tables come from `cargo xtask generate
//! unicode`, which asks the oracle about every code point.
#![forbid(unsafe_code)]

pub mod ctype;
mod data;
pub mod database;
pub mod names;
pub mod normalize;
#[rustfmt::skip]
mod tables;

pub use ctype::{is_printable, is_xid_continue, is_xid_start};
pub use names::lookup;
pub use normalize::nfkc;
