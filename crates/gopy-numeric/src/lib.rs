//! Numbers without objects: big integers, float text, numeric hash, SipHash, the format mini-language.
//!
//! Everything works on plain data (digit slices, `f64`, byte strings) and reports failure as a
//! [`NumericError`], which the caller turns into the exception of the class it names.
//!
//! Never here: objects, allocation of Python values, locale or environment look-ups.
#![forbid(unsafe_code)]

pub mod error;
pub mod float;
pub mod format;
pub mod hash;
pub mod int;

pub use error::{ErrorKind, NumericError, Result};
pub use int::BigInt;
