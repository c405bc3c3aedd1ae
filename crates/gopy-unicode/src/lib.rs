//! Unicode 16.0 data, string kernels and codec kernels.
//!
//! Never here: objects, I/O, the interpreter's state. Tables come from `cargo xtask generate
//! unicode`, which asks the oracle about every code point.
#![forbid(unsafe_code)]

pub mod case;
pub mod codec;
pub mod ctype;
mod data;
pub mod database;
pub mod names;
pub mod normalize;
pub mod search;
#[rustfmt::skip]
mod tables;

pub mod units;

pub mod wtf8;

pub use ctype::{is_printable, is_xid_continue, is_xid_start};
pub use names::lookup;
pub use normalize::nfkc;
